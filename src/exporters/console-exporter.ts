import { checked, FLAG, FUNCTION, type Rules } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { tableOf } from './console-table.ts';
import { MetricsExporter } from './metrics-exporter.ts';

/** The options of `new ConsoleExporter()`. */
export interface ConsoleOptions {
  /**
   * Gets the table as one text.
   * @defaultValue `console.log`
   */
  write?: ((table: string) => void | Promise<void>) | undefined;
  /**
   * Whether the collector's own metrics are shown, too.
   * @defaultValue false
   */
  own?: boolean | undefined;
}

const RULES: Rules<ConsoleOptions> = { write: FUNCTION, own: FLAG };

/**
 * Shows a readable table of all metrics. It is for development.
 * @example
 * ```ts
 * import { ConsoleExporter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * collector.registerCounter('orders_total', 'Orders').increment(3);
 * let table = '';
 * await new ConsoleExporter({ write: (text) => void (table = text) }).exportMetrics(collector);
 * console.log(table.includes('orders_total'));
 * // -> true
 * await collector.shutdown();
 * ```
 */
export class ConsoleExporter extends MetricsExporter {
  readonly #options: ConsoleOptions;

  /** @throws TelemetryError `invalid_option` */
  constructor(options?: ConsoleOptions | null) {
    super();
    this.#options = checked('ConsoleExporter', options, RULES);
  }

  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    const { write = console.log, own = false } = this.#options;
    try {
      await write(tableOf(await collector.getSnapshot(), own));
      return true;
    } catch {
      return false; // the function of the application has thrown, or no collector was given
    }
  }
}
