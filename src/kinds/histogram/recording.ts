import type { Labels } from '../../model.ts';
import { FUNCTION } from '../../options.ts';
import type { SeriesOwner } from '../bound-series.ts';
import type { Collect, CollectedSeries } from '../collected-kind.ts';
import { optionsWith } from '../definition.ts';
import { BoundDistribution, Distribution } from '../distribution.ts';
import { type ExemplarOptions, FROM_SOURCE, type RecordingOptions } from '../exemplars.ts';
import type { LabelArguments, LabelSet, ObserveArguments } from '../labels.ts';
import { BoundNative, SampledNative } from '../native/bound-native.ts';
import type { NativeShape } from '../native/layout.ts';
import type { NativeValue } from '../native/native-value.ts';
import { checkedNative, type NativeOptions } from '../native/options.ts';
import { nativeRecording } from '../native/recording-code.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { checkedBounds, DEFAULT_BUCKETS } from './bounds.ts';
import { type Buckets, bucketsOf } from './buckets.ts';
import { HISTOGRAM_COUNTS, HISTOGRAM_SUM, type HistogramShape, histogramKind } from './shape.ts';

/** The options of `registerHistogram()`. */
export interface HistogramOptions<N extends string = string, H = unknown>
  extends MetricOptions<N>,
    ExemplarOptions {
  /**
   * Upper bounds in ascending order; `+Inf` is added. A histogram that is native has none unless they are
   * given, too.
   */
  buckets?: readonly number[] | undefined;
  /**
   * Counts in native buckets, which follow from a formula and appear where there are values (Prometheus' native,
   * OpenTelemetry's exponential histograms). `true` takes the defaults.
   */
  native?: boolean | NativeOptions | undefined;
  /**
   * Called just before a collection run or scrape reads the histogram, for observations that are counted
   * elsewhere. What it returns, or resolves to, is of the form that `getValue()` returns, with the same
   * bounds, or a list of these; native buckets are given as `CollectedNative`. If a count has fallen, the series
   * starts anew. Series of this thread that are not in the list are removed. Counts that a callback gives are
   * not kept by `persist`.
   */
  collect?: Collect<H, CollectedSeries<N, CollectedHistogram>> | undefined;
}

/** What a callback gives for one series: what the histogram has of classic and of native buckets. */
export type CollectedHistogram =
  | Pick<HistogramValue, 'buckets' | 'sum'>
  | (Partial<Pick<HistogramValue, 'buckets'>> & {
      /** The sum of all observations. */
      readonly sum: number;
      /** What the source has counted, in native buckets. */
      readonly native: CollectedNative;
    });

/**
 * Native buckets as their source has them. They may be finer than those of the metric, and more: then they are taken
 * together.
 */
export interface CollectedNative {
  /** From -4 to 8: bucket `i` has the observations above `b ** (i - 1)`, up to `b ** i`; `b` is `2 ** 2 ** -schema`. */
  readonly schema: number;
  /**
   * How many observations are near 0.
   * @defaultValue none
   */
  readonly zeroCount?: number | undefined;
  /**
   * How near that is, and no more than that of the metric.
   * @defaultValue 0
   */
  readonly zeroThreshold?: number | undefined;
  /**
   * The buckets above the zero bucket.
   * @defaultValue none
   */
  readonly positive?: CollectedBuckets | undefined;
  /** Of values below 0. Bucket `i` has the observations whose negation would be in the positive bucket `i`. */
  readonly negative?: CollectedBuckets | undefined;
}

/** Buckets that follow one another. */
export interface CollectedBuckets {
  /** The number of the first bucket. */
  readonly offset: number;
  /** How many observations are in each; not cumulative. */
  readonly counts: readonly number[] | Float64Array;
  /**
   * How many were infinite.
   * @defaultValue none
   */
  readonly infinite?: number | undefined;
}

/** What this thread has observed in one series of a histogram. */
export interface HistogramValue {
  /** The buckets with cumulative counts. The last has `le: Infinity`. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  /** The sum of the observations. */
  readonly sum: number;
  /** How many observations there are. */
  readonly count: number;
  /** The native buckets; absent if the histogram has none. */
  readonly native?: NativeValue | undefined;
  /** The labels of the series. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

// V8 loads a constant that its module exports anew at each use, which takes a tenth of an observation. These
// are not exported.
const SUM = HISTOGRAM_SUM;
const COUNTS = HISTOGRAM_COUNTS;

/** One series of a histogram. */
export interface BoundHistogram extends BoundDistribution {
  /** Counts `value` and adds it to the sum. Any number but NaN is allowed. */
  observe(value: number, options?: RecordingOptions): void;
}

/** One series of a histogram without native buckets. */
export class BoundClassic extends BoundDistribution {
  readonly #buckets: Buckets;

  /** @internal */
  constructor(owner: SeriesOwner, buckets: Buckets) {
    super(owner);
    this.#buckets = buckets;
  }

  override observe(value: number, options?: RecordingOptions): void {
    // NaN is the only number that is not equal to itself.
    // biome-ignore lint/suspicious/noSelfCompare: faster than Number.isNaN in every engine here
    if (typeof value !== 'number' || value !== value || this.address < 0) {
      this.refuse('observe', value, 'a histogram takes numbers other than NaN', options);
      return;
    }
    const { cells, index } = this;
    // RACE: this is the only writer of these cells. The reader derives the count from the buckets, so that
    // `_count` and `+Inf` always agree; the sum may be one observation apart.
    const bucket = this.#buckets.find(value);
    cells[index + COUNTS + bucket]! += 1;
    cells[index + SUM]! += value;
    if (options !== undefined) this.exemplify(bucket, value, options);
  }

  /** @internal The count of each bucket. */
  get classic(): number[] {
    const { cells, index, owner } = this;
    return Array.from(cells.subarray(index + COUNTS, index + owner.blockSize));
  }

  /** @internal */
  get sum(): number {
    return this.cells[this.index + SUM]!;
  }
}

/** One series of a histogram without native buckets that has a function for exemplars. */
class SampledClassic extends BoundClassic {
  override gates: number[] = [];

  override observe(value: number, options: RecordingOptions = FROM_SOURCE): void {
    super.observe(value, options);
  }
}

/**
 * The distribution of a value over buckets.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const duration = collector.registerHistogram('request_duration_seconds', 'Request duration', {
 *   buckets: [0.1, 0.5, 1],
 * });
 * duration.observe(0.234);
 * await duration.time(async () => 'done');
 * console.log(duration.getValue().count);
 * // -> 2
 * ```
 */
export class Histogram<N extends string = string> extends Distribution<
  N,
  BoundHistogram,
  'histogram'
> {
  // `declare` makes no field: `Metric` binds its first series before the fields of this class would be made.
  /** @internal */ declare buckets: Buckets | undefined;

  override observe(value: number, ...args: ObserveArguments<N>): void;
  override observe(value: number, labels?: LabelSet<N>, options?: RecordingOptions): void {
    (labels === undefined ? this.single : this.index.find(labels)).observe(value, options);
  }

  /** What this thread has observed; zeros if it has no such series. */
  getValue(...labels: LabelArguments<N>): HistogramValue;
  getValue(labels?: LabelSet<N>): HistogramValue {
    const { buckets: bounds, native } = this.shape;
    const series = this.existing(labels) as BoundClassic | BoundNative | undefined;
    const counts = series instanceof BoundNative ? nativeRecording.counts(series) : undefined;
    const value = native && nativeRecording.value(counts, native);
    const classic = counts?.classic ?? (series as BoundClassic | undefined)?.classic ?? [];
    let count = 0;
    const buckets = [...bounds, Infinity].map((le, i) => {
      count += value && bounds.length === 0 ? value.count : (classic[i] ?? 0);
      return { le, count };
    });
    return {
      buckets,
      sum: counts?.sum ?? (series as BoundClassic | undefined)?.sum ?? 0,
      count,
      ...(value && { native: value }),
      labels: this.fullLabels(labels),
      timestamp: Date.now() / 1000,
    };
  }

  /** @internal */
  protected override bind(): BoundHistogram {
    const { buckets, native } = this.shape;
    if (buckets.length > 0) this.buckets ??= bucketsOf(buckets);
    if (!native) return new (this.exemplars ? SampledClassic : BoundClassic)(this, this.buckets!);
    return new (this.exemplars ? SampledNative : BoundNative)(this, native, this.buckets);
  }

  /** @internal */
  get shape(): HistogramShape {
    return this.definition.shape as HistogramShape;
  }

  /** @internal */
  get native(): NativeShape | undefined {
    return this.shape.native;
  }
}

export const recordingHistogram: RecordingKind<Histogram, HistogramShape> = {
  ...histogramKind,
  options: { ...optionsWith('buckets', 'native'), exemplars: FUNCTION },
  shape(name, { buckets, native }: HistogramOptions) {
    if (!native) return { buckets: checkedBounds(name, buckets ?? DEFAULT_BUCKETS) };
    const bounds = buckets ? checkedBounds(name, buckets) : [];
    return { buckets: bounds, native: checkedNative(name, native) };
  },
  metric: Histogram,
};
