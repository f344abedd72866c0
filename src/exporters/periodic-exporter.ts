import { COLLECTOR, check, EXPORTER, type Rules, SECONDS } from '../options.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import type { MetricsExporter } from './metrics-exporter.ts';
import { exportAndCount } from './multi-exporter.ts';

/** The options of `new PeriodicExporter()`. */
export interface PeriodicOptions {
  /**
   * Seconds between exports.
   * @defaultValue 30
   */
  interval?: number | undefined;
}

const RULES: Rules<PeriodicOptions> = { interval: SECONDS };

/**
 * Exports now and every `interval` seconds, by the clock of the collector's worker. A busy main thread
 * delays only exporters that the application wrote itself.
 * @example
 * ```ts
 * import { PeriodicExporter, PrometheusAdapter, TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const periodic = new PeriodicExporter(new PrometheusAdapter('periodic.prom'), collector, { interval: 15 });
 * await periodic.start();
 * await periodic.stop();
 * await collector.shutdown();
 * ```
 */
export class PeriodicExporter {
  readonly #exporter: MetricsExporter;
  readonly #collector: TelemetryCollector;
  readonly #interval: number;
  #stops: Promise<readonly (() => Promise<void>)[]> | undefined;

  /** @throws TelemetryError `invalid_option` */
  constructor(
    exporter: MetricsExporter,
    collector: TelemetryCollector,
    options?: PeriodicOptions | null,
  ) {
    check('PeriodicExporter exporter', exporter, EXPORTER);
    check('PeriodicExporter collector', collector, COLLECTOR);
    this.#exporter = exporter;
    this.#collector = collector;
    this.#interval = collector.checked('PeriodicExporter', options, RULES).interval ?? 30;
  }

  /** Whether it exports: `start()` was called, and `stop()` was not. */
  get running(): boolean {
    return this.#stops !== undefined;
  }

  /** Begins to export. Resolves when the schedule is made. A second call does nothing. */
  async start(): Promise<void> {
    this.#stops ??= this.#start();
    await this.#stops;
  }

  /** Resolves when no further export will begin. */
  async stop(): Promise<void> {
    const stops = this.#stops;
    this.#stops = undefined;
    await Promise.all((await (stops ?? [])).map((stop) => stop()));
  }

  #start(): Promise<readonly (() => Promise<void>)[]> {
    const collector = this.#collector;
    const exports = this.#exporter.plans ?? [
      { due: () => exportAndCount(this.#exporter, collector) },
    ];
    return Promise.all(
      exports.map((scheduled) =>
        collector.call(
          (connection) => connection.schedule(scheduled, this.#interval),
          async () => {},
        ),
      ),
    );
  }
}
