import type { Escaping } from '../kinds/escaping.ts';
import { checked, FLAG, type Rules } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { FILE_RULES, type FileOptions, PlannedExporter } from './planned-exporter.ts';
import { escapingRule, renderText } from './render-text.ts';

/** The options of `formatOpenMetrics()`. */
export interface OpenMetricsOptions {
  /**
   * What to do with names that only newer readers take.
   * @defaultValue `underscores`
   */
  escaping?: Escaping | undefined;
  /**
   * Whether there are samples that end in `_created`.
   * @defaultValue `true`
   */
  createdSamples?: boolean | undefined;
}

/**
 * Writes OpenMetrics text, with times of creation and exemplars.
 * @example
 * ```ts
 * import { OpenMetricsExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * console.log(await new OpenMetricsExporter('metrics.om').exportMetrics(collector));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class OpenMetricsExporter extends PlannedExporter {
  /**
   * @param destination a file, which is replaced in one step, or in a browser a key in IndexedDB. A
   * relative path is resolved now, from the working directory.
   * @throws TelemetryError `invalid_option`
   */
  constructor(destination = 'metrics.om', options?: FileOptions | null) {
    const { mode } = checked('OpenMetricsExporter', options, FILE_RULES);
    super({ exporter: 'openmetrics', format: 'openmetrics', destination, mode });
  }
}

/**
 * Resolves to the exposition as OpenMetrics 1.0.0 text; empty after shutdown.
 * @example
 * ```ts
 * import { formatOpenMetrics, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders').increment();
 * console.log((await formatOpenMetrics(collector)).trimEnd().endsWith('# EOF'));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export async function formatOpenMetrics(
  collector: TelemetryCollector,
  options?: OpenMetricsOptions | null,
): Promise<string> {
  const rules: Rules<OpenMetricsOptions> = { escaping: escapingRule(), createdSamples: FLAG };
  const { escaping, createdSamples } = checked('formatOpenMetrics()', options, rules);
  return renderText(collector, { format: 'openmetrics', escaping, createdSamples });
}
