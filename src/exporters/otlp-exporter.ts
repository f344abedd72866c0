import { type Labels, TelemetryError } from '../model.ts';
import { checked, FLAG, OBJECT, oneOf, type Rules } from '../options.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpRules } from './http-options.ts';
import { instancePlans } from './instance-plans.ts';
import { QUEUE, type QueueOptions } from './queue-options.ts';

/** The options of `new OTLPExporter()`. */
export interface OTLPOptions extends Omit<HttpOptions, 'compression'> {
  /**
   * How messages are written.
   * @defaultValue `protobuf`
   */
  encoding?: 'protobuf' | 'json' | undefined;
  /**
   * How bodies are compressed.
   * @defaultValue `gzip`
   */
  compression?: 'gzip' | 'none' | undefined;
  /**
   * Whether counters and histograms say what there is in all, or what has come since the request before.
   * @defaultValue `cumulative`
   */
  temporality?: 'cumulative' | 'delta' | undefined;
  /**
   * Attributes of the resource, such as `service.name`. Unless given, `service.instance.id` is another for each
   * exporter.
   */
  resource?: Labels | undefined;
  /**
   * Whether the events of all threads are sent, too, as log records. They go to `eventsUrl`.
   * @defaultValue `false`
   */
  events?: boolean | undefined;
  /**
   * Where events go.
   * @defaultValue `url` with `/v1/logs` in the place of `/v1/metrics` at its end
   */
  eventsUrl?: string | URL | undefined;
  /** What may wait while the server cannot be reached. */
  queue?: QueueOptions | undefined;
}

/**
 * Pushes metrics, and events if wanted, by OTLP over HTTP, to an OpenTelemetry Collector or to whatever else takes
 * it. Each snapshot is sent in order, and once. If that cannot be done now, it waits.
 * @example
 * ```ts
 * import { OTLPExporter, PeriodicExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new OTLPExporter({
 *   url: 'http://127.0.0.1:4318/v1/metrics',
 *   resource: { 'service.name': 'shop' },
 * });
 * const periodic = new PeriodicExporter(exporter, collector, { interval: 30 });
 * // await periodic.start();
 * console.log(periodic.running);
 * // -> false
 * ```
 */
export class OTLPExporter extends HttpExporter {
  /**
   * @param options `url` is the whole URL, mostly with the path `/v1/metrics`
   * @throws TelemetryError `invalid_option`
   */
  constructor(options: OTLPOptions) {
    const rules: Rules<OTLPOptions> = {
      ...httpRules(),
      encoding: oneOf('protobuf', 'json'),
      temporality: oneOf('cumulative', 'delta'),
      resource: OBJECT,
      events: FLAG,
      eventsUrl: httpRules().url,
      queue: QUEUE,
    };
    const taken = checked('OTLPExporter', options, rules);
    const url = checkedUrl('OTLPExporter', taken.url);
    const { encoding = 'protobuf', temporality, eventsUrl, events = !!eventsUrl } = taken;
    const format = { encoding, ...(temporality && { temporality }) };
    const planTo = instancePlans('OTLPExporter', taken, format);
    const metrics = planTo(url, { exporter: 'otlp', format: 'otlp' });
    const logs = { exporter: 'otlp_logs', format: 'otlp-logs', events: true };
    const also = events ? [planTo(logsUrl(url, eventsUrl), logs)] : [];
    super(taken.headers, metrics, ...also);
  }
}

/** @throws TelemetryError `invalid_option` if none is given and it cannot be told from that of metrics */
function logsUrl(metrics: URL, given: string | URL | undefined): URL {
  if (given !== undefined) return checkedUrl('OTLPExporter', given, 'eventsUrl');
  const path = metrics.pathname.replace(/\/v1\/metrics\/?$/, '/v1/logs');
  if (path === metrics.pathname) {
    throw new TelemetryError(
      'invalid_option',
      'OTLPExporter eventsUrl is needed: events go to /v1/logs if url ends in /v1/metrics, and it does not',
    );
  }
  const url = new URL(metrics);
  url.pathname = path;
  return url;
}
