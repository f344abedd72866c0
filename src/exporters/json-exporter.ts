import { checked, FLAG, type Rules } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { FILE_RULES, type FileOptions, PlannedExporter } from './planned-exporter.ts';
import { renderText } from './render-text.ts';

/** How JSON is written. */
export interface JSONOptions {
  /** Whether to indent the JSON, by two spaces. */
  pretty?: boolean | undefined;
}

const RULES: Rules<JSONOptions> = { pretty: FLAG };

/**
 * Writes a snapshot as JSON.
 * @example
 * ```ts
 * import { JSONExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders').increment();
 * console.log(await new JSONExporter('metrics.json', { pretty: true }).exportMetrics(collector));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class JSONExporter extends PlannedExporter {
  /**
   * @param destination a file, which is replaced in one step, or in a browser a key in IndexedDB. A
   * relative path is resolved now, from the working directory.
   * @throws TelemetryError `invalid_option`
   */
  constructor(destination = 'metrics.json', options?: (JSONOptions & FileOptions) | null) {
    const { pretty, mode } = checked('JSONExporter', options, { ...RULES, ...FILE_RULES });
    const plan = { exporter: 'json', format: 'json', destination, pretty, mode } as const;
    super(plan);
  }
}

/**
 * Resolves to a snapshot as JSON text; empty after shutdown.
 * @example
 * ```ts
 * import { formatJSON, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerGauge('queue_length', 'Waiting jobs').set(3);
 * console.log(JSON.parse(await formatJSON(collector)).metrics.queue_length.value);
 * // -> 3
 * await collector.shutdown();
 * ```
 */
export async function formatJSON(
  collector: TelemetryCollector,
  options?: JSONOptions | null,
): Promise<string> {
  const { pretty } = checked('formatJSON()', options, RULES);
  return renderText(collector, { format: 'json', pretty });
}
