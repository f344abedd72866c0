import type { BoundGauge, Gauge as GaugeFamily } from '../../kinds/gauge/recording.ts';
import type { Combine } from '../../model.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Entry } from './entry.ts';
import {
  type AnyLabels,
  type MetricConfiguration,
  notANumber,
  PromMetric,
  type Registration,
} from './metric.ts';
import type { TextTarget } from './resident.ts';
import { addedLabels, inBraces, ownLabels, valueText } from './text.ts';
import { clock, together } from './timer.ts';
import {
  type Aggregator,
  type CollectFunction,
  type LabelValues,
  MetricType,
  type MetricValue,
  type ReadValue,
} from './values.ts';

/** The configuration of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Called just before the gauge is read, with the gauge as `this`. */
  collect?: CollectFunction<Gauge<T>> | undefined;
}

export namespace Gauge {
  /** What `labels()` returns. */
  export interface Internal<T extends string> {
    /** Increases the series, by 1 unless a value is given. */
    inc(value?: number): void;
    /** Decreases the series, by 1 unless a value is given. */
    dec(value?: number): void;
    /** Sets the series. */
    set(value: number): void;
    /** Sets the series to the present time, in seconds since 1970. */
    setToCurrentTime(): void;
    /**
     * Begins to measure. The function that it returns sets the series to the seconds since then, and returns them.
     */
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}

/** How the values of several threads become one, by how those of several processes do. */
const COMBINES: Partial<Record<Aggregator, Combine>> = {
  first: 'last',
  min: 'min',
  max: 'max',
  average: 'mean',
};

/**
 * A value that goes up and down.
 * @example
 * ```ts
 * import { Gauge, Registry } from 'utilityfog-telemetry/prom-client';
 *
 * const registry = new Registry();
 * const queue = new Gauge({ name: 'queue_length', help: 'Waiting jobs', registers: [registry] });
 * queue.set(3);
 * queue.dec();
 * console.log((await queue.get()).values[0]?.value);
 * // -> 2
 * ```
 */
export class Gauge<T extends string = string> extends PromMetric<
  T,
  BoundGauge,
  GaugeFamily,
  Gauge.Internal<T>,
  MetricValue<T>
> {
  /** The type of the metric. */
  override readonly type = MetricType.Gauge;

  /** @throws Error if the configuration is not sound, or a registry has another metric of this name */
  constructor(config: GaugeConfiguration<T>) {
    super(config);
    this.enrol();
  }

  /** @throws TypeError if it is no number; Error if a label is unknown */
  set(labels: LabelValues<T>, value: number): void;
  /** Sets the gauge. */
  set(value: number): void;
  set(given: unknown, value?: unknown): void {
    if (isLabels(given)) this.#set(this.sets.find(given), value);
    else this.#set(this.bare, given);
  }

  /** @throws TypeError if it is no number; Error if a label is unknown */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Increases the gauge, by 1 unless a value is given. */
  inc(value?: number): void;
  inc(given?: unknown, value?: unknown): void {
    if (isLabels(given)) this.#add(this.sets.find(given), value);
    else this.#add(this.bare, given);
  }

  /** @throws TypeError if it is no number; Error if a label is unknown */
  dec(labels: LabelValues<T>, value?: number): void;
  /** Decreases the gauge, by 1 unless a value is given. */
  dec(value?: number): void;
  dec(given?: unknown, value?: unknown): void {
    if (isLabels(given)) this.#add(this.sets.find(given), negative(value));
    else this.#add(this.bare, negative(given));
  }

  /** Sets the value to the current time, in seconds since 1970. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    this.#set(isLabels(labels) ? this.sets.find(labels) : this.bare, Date.now() / 1000);
  }

  /** Starts a clock. The function that it returns sets the gauge to the seconds since then, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = clock();
    return (more) => {
      const seconds = elapsed();
      this.#set(this.sets.find(together(labels, more)), seconds);
      return seconds;
    };
  }

  #set(entry: Entry<BoundGauge>, value: unknown): void {
    if (typeof value !== 'number') throw notANumber('Value', value);
    (entry.series ?? this.open(entry)).set(value);
  }

  #add(entry: Entry<BoundGauge>, delta: unknown = 1): void {
    if (typeof delta !== 'number') throw notANumber('Delta', delta);
    const series = entry.series ?? this.open(entry);
    // A series adds finite amounts only.
    if (delta - delta === 0) series.increment(delta);
    else series.set(series.value + delta);
  }

  /** @internal */
  protected override bind(entry: Entry<BoundGauge>): Gauge.Internal<T> {
    return {
      inc: (value) => this.#add(entry, value),
      dec: (value) => this.#add(entry, negative(value)),
      set: (value) => this.#set(entry, value),
      setToCurrentTime: () => this.#set(entry, Date.now() / 1000),
      startTimer: () => this.startTimer(entry.labels as LabelValues<T>),
    };
  }

  /** @internal */
  protected override registerIn(
    collector: TelemetryCollector,
    { name, labelNames }: Registration,
  ): GaugeFamily {
    const combine = COMBINES[this.aggregator] ?? 'sum';
    return collector.registerGauge(name, this.help, { labelNames, combine }) as GaugeFamily;
  }

  /** @internal */
  protected override kept({ series }: Entry<BoundGauge>): number {
    return series!.value;
  }

  /** @internal */
  protected override restore(series: BoundGauge, entry: Entry<BoundGauge>): void {
    series.set(entry.kept as number);
    entry.kept = undefined;
  }

  /** @internal */
  protected override readEntry(entry: Entry<BoundGauge>, into: ReadValue[]): void {
    into.push({ value: shownValue(entry), labels: entry.labels });
  }

  /** @internal */
  override write({ name, defaults, lines }: TextTarget): void {
    for (const entry of this.shown) {
      const labels = inBraces(ownLabels(entry), addedLabels(entry, defaults));
      lines.push(`${name}${labels} ${valueText(shownValue(entry))}`);
    }
  }
}

function isLabels(given: unknown): given is AnyLabels {
  return typeof given === 'object' && given !== null;
}

/** What is taken away. As in prom-client, a text is a number here, though it is none where it would be added. */
const negative = (amount: unknown = 1): unknown => -(amount as number);

function shownValue({ series, kept }: Entry<BoundGauge>): number {
  return series?.value ?? (kept as number | undefined) ?? 0;
}
