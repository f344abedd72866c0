import { DEFAULT_BUCKETS } from '../../kinds/histogram/bounds.ts';
import type {
  BoundClassic,
  BoundHistogram,
  Histogram as HistogramFamily,
} from '../../kinds/histogram/recording.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { soundBounds } from '../sound-bounds.ts';
import type { Entry } from './entry.ts';
import { isSound, newExemplar } from './exemplar.ts';
import {
  type AnyLabels,
  type MetricConfiguration,
  notANumber,
  PromMetric,
  type Registration,
} from './metric.ts';
import type { TextTarget } from './resident.ts';
import { addedLabels, exemplarText, inBraces, ownLabels, valueText } from './text.ts';
import { clock, together } from './timer.ts';
import {
  type CollectFunction,
  type ExemplarValue,
  type LabelValues,
  MetricType,
  type MetricValueWithName,
  type ReadValue,
} from './values.ts';

/** The configuration of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  /**
   * The upper bounds of the buckets, in ascending order, without `+Inf`.
   * @defaultValue the bounds from 0.005 to 10 that all clients have
   */
  buckets?: number[] | undefined;
  /** Called just before the histogram is read, with the histogram as `this`. */
  collect?: CollectFunction<Histogram<T>> | undefined;
}

/** What `observe()` takes where exemplars are enabled. */
export interface ObserveDataWithExemplar<T extends string> {
  /** The observation. */
  value: number;
  /** The labels of the series. */
  labels?: LabelValues<T> | undefined;
  /** The labels of the exemplar; there is none unless they are given. */
  exemplarLabels?: LabelValues<string> | undefined;
}

export namespace Histogram {
  /** What `labels()` returns. */
  export interface Internal<T extends string> {
    /** Adds an observation. */
    observe(value: number): void;
    /** Begins to measure. The function that it returns observes the seconds since then, and returns them. */
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  /** What code for prom-client may name of the configuration. */
  export interface Config {
    /** The upper bounds of the buckets. */
    buckets?: number[];
  }
}

/** What the series of a label set hold: the sum, and the counts of the buckets, not cumulative, `+Inf` last. */
interface Counts {
  readonly sum: number;
  readonly classic: readonly number[];
}

/**
 * The distribution of a value over buckets.
 * @example
 * ```ts
 * import { Histogram, Registry } from 'utilityfog-telemetry/prom-client';
 *
 * const duration = new Histogram({
 *   name: 'request_duration_seconds',
 *   help: 'Request duration',
 *   buckets: [0.1, 1],
 *   registers: [new Registry()],
 * });
 * const end = duration.startTimer();
 * end();
 * ```
 */
export class Histogram<T extends string = string> extends PromMetric<
  T,
  BoundHistogram,
  HistogramFamily,
  Histogram.Internal<T>,
  MetricValueWithName<T>
> {
  /** The type of the metric. */
  override readonly type = MetricType.Histogram;
  /** The upper bounds of the buckets, without `+Inf`. */
  readonly buckets: readonly number[];
  /** The bounds in use, which rise. */
  readonly #bounds: readonly number[];
  /** The texts of `le`, with that of `+Inf`. */
  readonly #les: readonly string[];

  /** @throws Error if the configuration is not sound, or a registry has another metric of this name */
  constructor(config: HistogramConfiguration<T>) {
    super(config);
    if (this.labelNames.includes('le' as T)) throw new Error('le is a reserved label keyword');
    this.buckets = config.buckets ?? [...DEFAULT_BUCKETS];
    this.#bounds = soundBounds(this.buckets);
    this.#les = [...this.#bounds.map((bound) => `le="${bound}"`), 'le="+Inf"'];
    if (this.enableExemplars) this.observe = this.#observeWithExemplar as Histogram<T>['observe'];
    this.enrol();
  }

  /**
   * Counts `value`.
   * @throws TypeError if it is not finite; Error if a label is unknown
   */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(data: ObserveDataWithExemplar<T>): void;
  observe(given: unknown, value?: unknown): void {
    if (typeof given === 'object' && given !== null) {
      this.#observe(this.sets.find(given as AnyLabels), value);
      // An empty text or the like stands for no labels; 0 is a value.
    } else this.#observe(this.bare, given || given === 0 ? given : value);
  }

  /**
   * Starts a clock. The function that it returns observes the seconds since then, and returns them. It takes labels
   * that were not known before.
   */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<string>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<string>) => number {
    const elapsed = clock();
    return (more, moreExemplar) => {
      const value = elapsed();
      const all = together(labels, more);
      if (!this.enableExemplars) this.#observe(this.sets.find(all), value);
      else {
        const exemplar = together(exemplarLabels, moreExemplar);
        this.observe({ labels: all as LabelValues<T>, value, exemplarLabels: exemplar as never });
      }
      return value;
    };
  }

  /** Makes the series of a label set, or sets it to zero. */
  zero(labels: LabelValues<T>): void {
    const entry = this.sets.find(labels as AnyLabels);
    const isShown = this.shown.has(entry);
    if (isShown && entry.series) this.removeEntry(entry);
    this.open(entry);
  }

  override reset(): void {
    super.reset();
    // After a reset, a histogram without labels is not shown either until something is observed.
    this.shown.clear();
  }

  #observe(entry: Entry<BoundHistogram>, value: unknown): void {
    if (!Number.isFinite(value)) throw notANumber('Value', value);
    (entry.series ?? this.open(entry)).observe(value as number);
  }

  #observeWithExemplar({ labels, value, exemplarLabels }: ObserveDataWithExemplar<T>): void {
    const entry = this.sets.find((labels ?? {}) as AnyLabels);
    if (!Number.isFinite(value)) throw notANumber('Value', value);
    const exemplar = (exemplarLabels ?? {}) as ExemplarValue['labelSet'];
    const has = Object.keys(exemplar).length > 0;
    // The value counts even if the exemplar is not sound.
    const options = has && isSound(exemplar) ? { exemplar } : undefined;
    (entry.series ?? this.open(entry)).observe(value, options);
    const live = has && this.liveOf(entry);
    if (!live) return;
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    live.exemplars ??= [];
    live.exemplars[bucket < 0 ? this.#bounds.length : bucket] = newExemplar(exemplar, value);
  }

  /** @internal */
  protected override bind(entry: Entry<BoundHistogram>): Histogram.Internal<T> {
    return {
      observe: (value) => this.#observe(entry, value),
      startTimer: () => this.startTimer(entry.labels as LabelValues<T>),
    };
  }

  /** @internal */
  protected override registerIn(
    collector: TelemetryCollector,
    { name, labelNames }: Registration,
  ): HistogramFamily {
    const buckets = this.#bounds;
    return collector.registerHistogram(name, this.help, { labelNames, buckets }) as HistogramFamily;
  }

  /** @internal */
  protected override kept(entry: Entry<BoundHistogram>): Counts {
    return this.#countsOf(entry);
  }

  /** @internal A series cannot be set to counts, so those from before stay beside it. */
  protected override restore(): void {}

  #countsOf({ series, kept }: Entry<BoundHistogram>): Counts {
    const counted = series as BoundClassic | undefined;
    const before = kept as Counts | undefined;
    const classic = counted?.classic ?? this.#les.map(() => 0);
    if (!before) return { sum: counted?.sum ?? 0, classic };
    return {
      sum: (counted?.sum ?? 0) + before.sum,
      classic: classic.map((count, i) => count + before.classic[i]!),
    };
  }

  /** @internal */
  protected override readEntry(entry: Entry<BoundHistogram>, into: ReadValue[]): void {
    const { sum, classic } = this.#countsOf(entry);
    const { labels, exemplars } = entry;
    const metricName = `${this.name}_bucket`;
    let count = 0;
    for (let i = 0; i < classic.length; i++) {
      count += classic[i]!;
      const le = i < this.#bounds.length ? this.#bounds[i] : '+Inf';
      const exemplar = exemplars?.[i] ?? null;
      into.push({ value: count, metricName, exemplar, labels: { le, ...labels } });
    }
    into.push({ value: sum, metricName: `${this.name}_sum`, labels: { ...labels } });
    into.push({ value: count, metricName: `${this.name}_count`, labels: { ...labels } });
  }

  /** @internal */
  override write({ name, isOpenMetrics, defaults, lines }: TextTarget): void {
    for (const entry of this.shown) {
      const { sum, classic } = this.#countsOf(entry);
      const added = addedLabels(entry, defaults);
      const own = ownLabels(entry);
      const labels = added && own ? `${added},${own}` : added || own;
      const end = labels ? `,${labels}} ` : '} ';
      let count = 0;
      for (let i = 0; i < classic.length; i++) {
        count += classic[i]!;
        const exemplar = isOpenMetrics ? exemplarText(entry.exemplars?.[i]) : '';
        lines.push(`${name}_bucket{${this.#les[i]}${end}${count}${exemplar}`);
      }
      lines.push(`${name}_sum${inBraces(labels)} ${valueText(sum)}`);
      lines.push(`${name}_count${inBraces(labels)} ${count}`);
    }
  }
}
