import { Gauge } from './gauge.ts';
import type { Registry } from './registry.ts';
import type { Aggregator, RegistryContentType } from './values.ts';

/** The options of `collectDefaultMetrics()`. */
export interface DefaultMetricsCollectorConfiguration<
  T extends RegistryContentType = RegistryContentType,
> {
  /**
   * The registry that they are put into.
   * @defaultValue the global one
   */
  register?: Registry<T> | undefined;
  /** The beginning of each name. */
  prefix?: string | undefined;
  /** The bounds of the durations of garbage collections, in seconds. */
  gcDurationBuckets?: number[] | undefined;
  /**
   * How often the delay of the event loop is measured, in milliseconds.
   * @defaultValue 10
   */
  eventLoopMonitoringPrecision?: number | undefined;
  /** Labels that all of them get. */
  labels?: object | undefined;
  /** Gives the CPU times exemplars with the span of OpenTelemetry that is under way. */
  enableExemplars?: boolean | undefined;
}

/** What the metrics of one group share. */
export class DefaultGroup {
  readonly config: DefaultMetricsCollectorConfiguration;
  readonly labels: Readonly<Record<string, string>>;
  readonly labelNames: readonly string[];

  constructor(config: DefaultMetricsCollectorConfiguration) {
    this.config = config;
    this.labels = { ...config.labels };
    this.labelNames = Object.keys(this.labels);
  }

  /** What the configuration of each metric has. */
  options(name: string, help: string, labelNames: readonly string[] = []) {
    const { prefix = '', register } = this.config;
    return {
      name: `${prefix}${name}`,
      help,
      labelNames: [...labelNames, ...this.labelNames],
      registers: register ? [register as unknown as Registry] : undefined,
    };
  }

  /** Adds a gauge whose value `read` returns before each reading; `undefined` leaves it as it is. */
  gauge(name: string, help: string, read?: () => number | undefined, aggregator?: Aggregator) {
    const gauge: Gauge = new Gauge({ ...this.options(name, help), aggregator });
    if (read) gauge.collect = () => this.set(gauge, read());
    return gauge;
  }

  set(gauge: Gauge, value: number | undefined): void {
    if (value !== undefined) gauge.set(this.labels, value);
  }

  /** Adds a gauge that counts what `read` returns, by its text, and another one with the total. */
  counts(name: string, help: string, total: string, read: () => readonly string[]): void {
    const gauge = new Gauge(this.options(name, help, ['type']));
    let before: readonly string[] = [];
    gauge.collect = () => {
      const counts = new Map<string, number>();
      for (const type of read()) counts.set(type, (counts.get(type) ?? 0) + 1);
      for (const type of before) if (!counts.has(type)) gauge.remove({ type, ...this.labels });
      for (const [type, count] of counts) gauge.set({ type, ...this.labels }, count);
      before = [...counts.keys()];
    };
    this.gauge(`${name}_total`, total, () => read().length);
  }
}

/** Returns what `read` returns, or `undefined` if the platform does not allow that. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
