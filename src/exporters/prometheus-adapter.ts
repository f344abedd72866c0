import type { Escaping } from '../kinds/escaping.ts';
import { checked, oneOf, type Rules } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { FILE_RULES, type FileOptions, PlannedExporter } from './planned-exporter.ts';
import { escapingRule, renderText } from './render-text.ts';

/**
 * Writes the Prometheus text format, e.g. for the node exporter's textfile collector.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { PrometheusAdapter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders').increment();
 * await new PrometheusAdapter('orders.prom').exportMetrics(collector);
 * console.log((await readFile('orders.prom', 'utf8')).split('\n')[2]);
 * // -> orders_total 1
 * await collector.shutdown();
 * ```
 */
export class PrometheusAdapter extends PlannedExporter {
  /**
   * @param destination a file, which is replaced in one step, or in a browser a key in IndexedDB. A
   * relative path is resolved now, from the working directory.
   * @throws TelemetryError `invalid_option`
   */
  constructor(destination = 'metrics.prom', options?: FileOptions | null) {
    const { mode } = checked('PrometheusAdapter', options, FILE_RULES);
    const plan = { exporter: 'prometheus', format: 'prometheus', destination, mode } as const;
    super(plan);
  }
}

/** The options of `formatPrometheus()`. */
export interface PrometheusOptions {
  /**
   * The version of the format.
   * @defaultValue `0.0.4`
   */
  version?: '0.0.4' | '1.0.0' | undefined;
  /**
   * What to do with names that only newer readers take. `allow-utf-8` needs the version `1.0.0`.
   * @defaultValue `underscores`
   */
  escaping?: Escaping | undefined;
}

/**
 * Resolves to the exposition in the Prometheus text format; empty after shutdown.
 * @example
 * ```ts
 * import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerGauge('queue_length', 'Waiting jobs').set(3);
 * console.log((await formatPrometheus(collector)).split('\n')[2]);
 * // -> queue_length 3
 * await collector.shutdown();
 * ```
 */
export async function formatPrometheus(
  collector: TelemetryCollector,
  options?: PrometheusOptions | null,
): Promise<string> {
  const rules: Rules<PrometheusOptions> = {
    version: oneOf('0.0.4', '1.0.0'),
    escaping: escapingRule(),
  };
  const { version, escaping } = checked('formatPrometheus()', options, rules);
  return renderText(collector, { format: 'prometheus', version, escaping });
}
