import type { IncomingMessage, RequestOptions } from 'node:http';
import { TelemetryError } from '../../model.ts';
import { nodeBuiltin } from '../../platform/node-builtin.ts';
import { globalRegistry, type Registry } from './registry.ts';
import type { RegistryContentType } from './values.ts';

/** Which group of a Pushgateway is meant. */
export interface PushgatewayParameters {
  /** The job. It must be given, unless the option `requireJobName` is `false`. */
  jobName?: string | undefined;
  /** Further labels of the group. */
  groupings?: Record<string, string> | undefined;
}

/** What the Pushgateway has answered. */
export interface PushgatewayAnswer {
  /** The answer, as Node's `http` hands it over. */
  resp?: IncomingMessage;
  /** Its body. */
  body?: string;
}

type Method = 'POST' | 'PUT' | 'DELETE';

/**
 * Sends the metrics of a registry to a Pushgateway.
 * @example
 * ```ts
 * import { Pushgateway, Registry } from 'utilityfog-telemetry/prom-client';
 *
 * const gateway = new Pushgateway('http://127.0.0.1:9091', {}, new Registry());
 * // At the end of the job: await gateway.pushAdd({ jobName: 'nightly' });
 * console.log(typeof gateway.pushAdd);
 * // -> function
 * ```
 */
export class Pushgateway<T extends RegistryContentType = RegistryContentType> {
  /** The registry whose metrics are sent. */
  readonly registry: Registry<T>;
  /** The URL of the Pushgateway. */
  readonly gatewayUrl: string;
  /** Whether a job must be given. */
  readonly requireJobName: boolean;
  /** The options of each request. */
  readonly requestOptions: RequestOptions;

  /** @param options those of `http.request()` of Node, and `requireJobName` */
  constructor(
    url: string,
    options?: (RequestOptions & { requireJobName?: boolean }) | null,
    registry?: Registry<T>,
  ) {
    const { requireJobName = true, ...requestOptions } = options ?? {};
    this.registry = registry ?? (globalRegistry as unknown as Registry<T>);
    this.gatewayUrl = url;
    this.requireJobName = requireJobName;
    this.requestOptions = requestOptions;
  }

  /**
   * Adds metrics, and replaces those of the same name.
   * @throws Error without a job
   */
  pushAdd(parameters: PushgatewayParameters = {}): Promise<PushgatewayAnswer> {
    return this.#call('POST', parameters);
  }

  /**
   * Replaces all metrics of the job.
   * @throws Error without a job
   */
  push(parameters: PushgatewayParameters = {}): Promise<PushgatewayAnswer> {
    return this.#call('PUT', parameters);
  }

  /**
   * Deletes all metrics of the job.
   * @throws Error without a job
   */
  delete(parameters: PushgatewayParameters = {}): Promise<PushgatewayAnswer> {
    return this.#call('DELETE', parameters);
  }

  #call(method: Method, parameters: PushgatewayParameters): Promise<PushgatewayAnswer> {
    // It is thrown at once, and not by the promise.
    if (this.requireJobName && !parameters.jobName) throw new Error('Missing jobName parameter');
    return this.#send(method, parameters);
  }

  #send(method: Method, parameters: PushgatewayParameters): Promise<PushgatewayAnswer> {
    const url = targetOf(this.gatewayUrl, parameters);
    const web = nodeBuiltin(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const address = nodeBuiltin('node:url')?.urlToHttpOptions(url);
    if (!web) {
      throw new TelemetryError('no_http', 'Pushgateway needs node:http, as servers have it');
    }
    const options = { ...address, ...this.requestOptions, method };
    if (method === 'DELETE' && options.headers) {
      const { 'Content-Encoding': _, ...headers } = options.headers as Record<string, string>;
      options.headers = headers;
    }
    return new Promise((resolve, reject) => {
      const sent = web.request(options, (response) => read(response).then(resolve, reject));
      const failed = (error: unknown) => {
        reject(error);
        sent.destroy();
      };
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error('Pushgateway request timed out')));
      if (method === 'DELETE') sent.end();
      else this.#body(options.headers).then((body) => sent.end(body), failed);
    });
  }

  async #body(headers: RequestOptions['headers']): Promise<string | Uint8Array> {
    const text = await this.registry.metrics();
    const encoding = (headers as Record<string, string> | undefined)?.['Content-Encoding'];
    return encoding === 'gzip' ? nodeBuiltin('node:zlib')!.gzipSync(text) : text;
  }
}

function targetOf(gateway: string, { jobName, groupings = {} }: PushgatewayParameters): URL {
  const url = new URL(gateway);
  const base = url.pathname === '/' ? '' : url.pathname;
  const pairs = Object.entries(jobName ? { job: jobName } : {});
  if (jobName) pairs.push(...Object.entries(groupings));
  url.pathname = `${base}/metrics${pairs.map(([name, value]) => `/${encodeURIComponent(name)}/${encodeURIComponent(value)}`).join('')}`;
  return url;
}

async function read(resp: IncomingMessage): Promise<PushgatewayAnswer> {
  let body = '';
  resp.setEncoding('utf8');
  for await (const text of resp) body += text;
  if ((resp.statusCode ?? 0) >= 400) {
    throw new Error(`push failed with status ${resp.statusCode}, ${body}`);
  }
  return { resp, body };
}
