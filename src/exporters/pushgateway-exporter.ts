import type { LabelValue } from '../model.ts';
import { checked, OBJECT, oneOf, type Rules, TEXT } from '../options.ts';
import type { ExportPlan } from '../protocol/requests.ts';
import { HttpExporter } from './http-exporter.ts';
import {
  base64Of,
  checkedUrl,
  type HttpOptions,
  headersFrom,
  httpPlan,
  httpRules,
} from './http-options.ts';

/** The options of `new PushgatewayExporter()`. */
export interface PushgatewayOptions extends HttpOptions {
  /** The job that the metrics belong to. */
  job: string;
  /** Further labels of the group, e.g. `{ instance: 'db1' }`. */
  grouping?: Readonly<Record<string, LabelValue>> | undefined;
  /**
   * `PUT` replaces the whole group. `POST` replaces only the metrics that have the same names.
   * @defaultValue `PUT`
   */
  method?: 'PUT' | 'POST' | undefined;
  /**
   * What is sent; `protobuf` also has native histograms, and since when each series counts.
   * @defaultValue `protobuf`
   */
  format?: 'protobuf' | 'prometheus' | undefined;
}

/**
 * Pushes to a Prometheus Pushgateway, from the collector's side. It is for batch jobs, whose last values it
 * keeps until they are deleted: https://prometheus.io/docs/practices/pushing/
 * @example
 * ```ts
 * import { PushgatewayExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new PushgatewayExporter({ url: 'http://127.0.0.1:9091', job: 'nightly' });
 * // At the end of the job: await exporter.exportMetrics(collector);
 * console.log(typeof exporter.delete);
 * // -> function
 * ```
 */
export class PushgatewayExporter extends HttpExporter {
  readonly #plan: ExportPlan;
  readonly #headers: HttpOptions['headers'];

  /**
   * @param options `url` is that of the Pushgateway, without `/metrics`
   * @throws TelemetryError `invalid_option`
   */
  constructor(options: PushgatewayOptions) {
    const rules: Rules<PushgatewayOptions> = {
      ...httpRules(),
      job: [TEXT[0], TEXT[1], true],
      grouping: OBJECT,
      method: oneOf('PUT', 'POST'),
      format: oneOf('protobuf', 'prometheus'),
    };
    const taken = checked('PushgatewayExporter', options, rules);
    const url = checkedUrl('PushgatewayExporter', taken.url);
    const { job, grouping = {}, method = 'PUT', format = 'protobuf', headers } = taken;
    const group = Object.entries({ job, ...grouping }).map(([name, value]) =>
      segment(name, `${value}`),
    );
    url.pathname = [url.pathname.replace(/\/+$/, ''), 'metrics', ...group].join('/');
    const http = httpPlan(url, method, taken);
    const destination = `${url.origin}${url.pathname}`;
    const plan: ExportPlan = { exporter: 'pushgateway', format, destination, via: 'http', http };
    super(headers, plan);
    this.#plan = plan;
    this.#headers = headers;
  }

  /** Deletes the group in the Pushgateway. Resolves to `false` if that has failed. Never rejects. */
  async delete(): Promise<boolean> {
    const { http } = this.#plan;
    const headers = this.#headers;
    try {
      const { sendByHttp } = await import('../delivery/http-destination.ts');
      const more = typeof headers === 'function' ? await headersFrom('pushgateway', headers) : {};
      const request = {
        ...http!,
        method: 'DELETE',
        headers: { ...http!.headers, ...more },
      } as const;
      return (await sendByHttp(request, new AbortController().signal)).ok;
    } catch {
      return false; // what the application gave are no headers
    }
  }
}

/**
 * Returns a label of the group as a part of the path. A value that a path cannot hold is in base64:
 * https://github.com/prometheus/pushgateway#url
 */
function segment(name: string, value: string): string {
  if (value !== '' && !value.includes('/') && !/^\.\.?$/.test(value)) {
    return `${name}/${encodeURIComponent(value)}`;
  }
  const encoded = base64Of(value).replaceAll('+', '-').replaceAll('/', '_') || '=';
  return `${name}@base64/${encoded}`;
}
