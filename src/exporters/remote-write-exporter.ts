import { checkedConstants } from '../kinds/definition.ts';
import type { Labels } from '../model.ts';
import { checked, OBJECT, oneOf, type Rules } from '../options.ts';
import { idOnUse } from '../platform/random-id.ts';
import { HttpExporter } from './http-exporter.ts';
import { checkedUrl, type HttpOptions, httpPlan, httpRules } from './http-options.ts';
import { QUEUE, type QueueOptions, queueLimits } from './queue-options.ts';

/** The options of `new RemoteWriteExporter()`. */
export interface RemoteWriteOptions extends Omit<HttpOptions, 'compression'> {
  /**
   * The version of the protocol. Version 2 also has metadata and start times. A server that does not take it gets
   * version 1.
   * @defaultValue 1
   */
  version?: 1 | 2 | undefined;
  /**
   * Labels of every series that has none of that name. Unless given, `job` is `unknown_job`, and `instance` is
   * another for each exporter, so that the series of two senders are never taken for one.
   */
  labels?: Labels | undefined;
  /**
   * What is sent of histograms with native buckets.
   * @defaultValue `native`
   */
  histograms?: 'native' | 'classic' | 'both' | undefined;
  /** What may wait while the server cannot be reached. */
  queue?: QueueOptions | undefined;
}

/**
 * Pushes to whatever takes Prometheus remote write: Prometheus, Mimir, Thanos, VictoriaMetrics. Each snapshot is
 * sent in order, and once. If that cannot be done now, it waits. At `shutdown()` the series end.
 * @example
 * ```ts
 * import { PeriodicExporter, RemoteWriteExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const exporter = new RemoteWriteExporter({
 *   url: 'http://127.0.0.1:9090/api/v1/write',
 *   queue: { maxBytes: 4e6, maxAge: 600 },
 * });
 * const periodic = new PeriodicExporter(exporter, collector, { interval: 15 });
 * // await periodic.start();
 * console.log(periodic.running);
 * // -> false
 * ```
 */
export class RemoteWriteExporter extends HttpExporter {
  /** @throws TelemetryError `invalid_option` */
  constructor(options: RemoteWriteOptions) {
    const { compression: _, ...http } = httpRules();
    const rules: Rules<RemoteWriteOptions> = {
      ...http,
      version: oneOf(1, 2),
      labels: OBJECT,
      histograms: oneOf('native', 'classic', 'both'),
      queue: QUEUE,
    };
    const taken = checked('RemoteWriteExporter', options, rules);
    const url = checkedUrl('RemoteWriteExporter', taken.url);
    const { version = 1, labels = {}, histograms, queue, headers } = taken;
    const id = idOnUse();
    const texts = checkedConstants('RemoteWriteExporter labels', labels, [], 'utf8');
    super(headers, {
      ...{ exporter: 'remote_write', format: 'remote-write', via: 'http' },
      // Newer servers take all names, and older ones, too, by this way.
      ...{ version: `${version}.0`, escaping: 'allow-utf-8' },
      destination: `${url.origin}${url.pathname}`,
      http: httpPlan(url, 'POST', taken),
      push: {
        ...queueLimits(queue),
        compression: 'snappy',
        get id() {
          return id();
        },
        get options() {
          const extraLabels = { job: 'unknown_job', instance: id(), ...texts };
          return { extraLabels, ...(histograms && { histograms }) };
        },
      },
    });
  }
}
