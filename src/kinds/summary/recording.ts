import type { Labels } from '../../model.ts';
import { check, isWhole, type Rule, SECONDS } from '../../options.ts';
import { optionsWith } from '../definition.ts';
import { type BoundDistribution, Distribution } from '../distribution.ts';
import type { LabelArguments, LabelSet } from '../labels.ts';
import { BoundNative } from '../native/bound-native.ts';
import { nativeRecording } from '../native/recording-code.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import {
  areQuantiles,
  MAX_QUANTILES,
  SUMMARY_BUCKETS,
  type SummaryShape,
  summaryKind,
} from './shape.ts';

/** The options of `registerSummary()`. */
export interface SummaryOptions<N extends string = string> extends MetricOptions<N> {
  /**
   * From 0 to 1, in ascending order. An estimate is off by 1.1 % at most.
   * @defaultValue 0.5, 0.9 and 0.99
   */
  quantiles?: readonly number[] | undefined;
  /**
   * Quantiles are those of what was observed in so many seconds.
   * @defaultValue 600
   */
  maxAge?: number | undefined;
  /**
   * In how many steps the oldest observations are left out.
   * @defaultValue 5
   */
  ageBuckets?: number | undefined;
}

/** What this thread has observed in one series of a summary. */
export interface SummaryValue {
  /** The estimate for each quantile, over all that this thread has observed; NaN if that is nothing. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  /** The sum of all observations. */
  readonly sum: number;
  /** How many observations there were in all. */
  readonly count: number;
  /** The labels of the series. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One series of a summary. */
export type BoundSummary = BoundDistribution;

/**
 * Quantiles of a value over a sliding window.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * const sizes = collector.registerSummary('answer_bytes', 'Size of answers', { quantiles: [0.5, 0.99] });
 * sizes.observe(512);
 * console.log(sizes.getValue().count);
 * // -> 1
 * ```
 */
export class Summary<N extends string = string> extends Distribution<N, BoundSummary, 'summary'> {
  override observe(value: number, ...labels: LabelArguments<N>): void;
  override observe(value: number, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).observe(value);
  }

  /** What this thread has observed since its start; zeros if it has no such series. */
  getValue(...labels: LabelArguments<N>): SummaryValue;
  getValue(labels?: LabelSet<N>): SummaryValue {
    const series = this.existing(labels) as BoundNative | undefined;
    const counts = series && nativeRecording.counts(series);
    const { quantiles } = this.definition.shape as SummaryShape;
    const at = nativeRecording.quantiles(counts, SUMMARY_BUCKETS, quantiles);
    return {
      quantiles: quantiles.map((quantile, i) => ({ quantile, value: at[i]! })),
      sum: counts?.sum ?? 0,
      count: nativeRecording.value(counts, SUMMARY_BUCKETS)?.count ?? 0,
      labels: this.fullLabels(labels),
      timestamp: Date.now() / 1000,
    };
  }

  /** @internal */
  protected override bind(): BoundSummary {
    return new BoundNative(this, SUMMARY_BUCKETS, undefined);
  }

  /** @internal */
  get native(): typeof SUMMARY_BUCKETS {
    return SUMMARY_BUCKETS;
  }
}

const QUANTILES: Rule = [
  areQuantiles,
  `numbers from 0 to 1, rising, at least one and ${MAX_QUANTILES} at most`,
];
const AGES: Rule = [
  (value) => isWhole(value) && (value as number) > 0 && (value as number) <= 1000,
  'a whole number from 1 to 1000',
];

export const recordingSummary: RecordingKind<Summary, SummaryShape> = {
  ...summaryKind,
  options: optionsWith('quantiles', 'maxAge', 'ageBuckets'),
  shape(name, options: SummaryOptions) {
    const { quantiles = [0.5, 0.9, 0.99], maxAge = 600, ageBuckets = 5 } = options;
    // What is checked is a copy, since a getter may tell something else each time.
    const own: unknown = Array.isArray(quantiles) ? Array.from(quantiles) : quantiles;
    check(`${name} quantiles`, own, QUANTILES);
    check(`${name} maxAge`, maxAge, SECONDS);
    check(`${name} ageBuckets`, ageBuckets, AGES);
    return { quantiles: own as number[], maxAge, ageBuckets };
  },
  metric: Summary,
};
