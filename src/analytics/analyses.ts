import type { BoundCounter } from '../kinds/counter/recording.ts';
import type { BoundGauge } from '../kinds/gauge/recording.ts';
import type { BoundHistogram } from '../kinds/histogram/recording.ts';
import type { BoundSummary } from '../kinds/summary/recording.ts';
import type { Labels } from '../model.ts';
import type { DetectorOptions } from './detectors.ts';

/**
 * What is looked at: a metric, or its name; a series of it, as `labels()` returns it; or an expression of PromQL.
 * A text that could be the name of a metric counts as one.
 */
export type Target =
  | { readonly name: string; readonly type: string }
  | BoundCounter
  | BoundGauge
  | BoundHistogram
  | BoundSummary
  | string;

/** The options of `watch()`. */
export interface WatchOptions {
  /**
   * What the watch is called in labels and reports.
   * @defaultValue the name of the metric, or the expression
   */
  readonly name?: string | undefined;
  /**
   * From which score on a value is an anomaly, from 0 to 1.
   * @defaultValue 0.9
   */
  readonly threshold?: number | undefined;
  /**
   * Which quantiles of a histogram or summary are watched.
   * @defaultValue 0.5 and 0.99
   */
  readonly quantiles?: readonly number[] | undefined;
  /** The options of the detectors. */
  readonly detector?: DetectorOptions | undefined;
}

/** A series that is watched, as it was after the last collection run. */
export interface WatchedSeriesStatus {
  /** The labels of the series. */
  readonly labels: Labels;
  /** The last value, in the unit of the metric. */
  readonly value: number;
  /** From 0 to 1; 0 while the detector warms up. */
  readonly score: number;
  /** The value that was expected; NaN while the detector warms up. */
  readonly expected: number;
  /** The lower bound of what is usual. */
  readonly low: number;
  /** The upper bound of what is usual. */
  readonly high: number;
  /** Whether the detector has yet to learn what is usual. */
  readonly warming: boolean;
  /** The score of each part of the detector, from 0 to 1. */
  readonly parts: Readonly<Record<string, number>>;
}

/** A watch that has begun. */
export interface Watch {
  /** What it is called in labels and reports. */
  readonly name: string;
  /** Ends it, and forgets what its detectors have learned. */
  stop(): void;
  /**
   * Resolves to the series that it watches now.
   * @throws Error if the target cannot be watched
   */
  series(): Promise<readonly WatchedSeriesStatus[]>;
}

/** How far back samples are looked at. */
export interface DescribeOptions {
  /** Seconds before now. */
  readonly over: number;
}

/** A quantile, and the bounds between which that of the observations lies. Without buckets all three are the same. */
export interface QuantileEstimate {
  /** Which quantile, from 0 to 1. */
  readonly quantile: number;
  /** The estimate, in the unit of the metric. */
  readonly value: number;
  /** The lower bound. */
  readonly low: number;
  /** The upper bound. */
  readonly high: number;
}

/** A straight line through the values (Theil–Sen). */
export interface Trend {
  /** By how much the values grow in a second. */
  readonly slope: number;
}

/** How values repeat. */
export interface Season {
  /** Seconds. */
  readonly period: number;
  /** From 0 to 1. */
  readonly strength: number;
}

/** A moment at which the level of the values has changed. */
export interface ChangePoint {
  /** Seconds since 1970. */
  readonly time: number;
  /** What the values were before it and after it, on the average. */
  readonly before: number;
  /** The mean after it. */
  readonly after: number;
}

/** Statistics of values, in the units of the metric. Counters are described by their rates per second. */
export interface Statistics {
  /** How many values there are: samples of a gauge, rates of a counter, or observations of a histogram. */
  readonly count: number;
  /** NaN without values, as are all other numbers. */
  readonly mean: number;
  /** The variance, in the square of the unit. */
  readonly variance: number;
  /** The smallest value. */
  readonly min: number;
  /** The largest value. */
  readonly max: number;
  /** The quantiles 0.05, 0.25, 0.5, 0.75, 0.95 and 0.99. */
  readonly quantiles: readonly QuantileEstimate[];
  /** Absent with fewer than three values. Of a histogram it is that of the means of its runs, as are the next two. */
  readonly trend?: Trend | undefined;
  /** Absent if none was found. */
  readonly season?: Season | undefined;
  /** When the level has changed, the earliest first; empty if it has not. */
  readonly changePoints: readonly ChangePoint[];
}

/** Statistics of all series of a target together. What depends on time is that of their mean at each time. */
export interface Description extends Statistics {
  /** Those of each series, the first 100 of them. */
  readonly series: readonly (Statistics & { readonly labels: Labels })[];
}

/** The options of `correlate()`. */
export interface CorrelateOptions extends DescribeOptions {
  /**
   * By how many seconds one may follow the other, at most.
   * @defaultValue a quarter of the span
   */
  readonly maxLag?: number | undefined;
}

/** How far two targets go together. */
export interface Correlation {
  /** Pearson's coefficient at the lag where it is strongest, from -1 to 1; NaN if there is none. */
  readonly coefficient: number;
  /** By how many seconds the second follows the first. It is negative if the first follows. */
  readonly lag: number;
  /** The coefficient without a lag. */
  readonly unshifted: number;
  /** How many pairs of values there were without a lag. */
  readonly count: number;
}

/** From when to when, both in seconds since 1970. */
export type TimeSpan = readonly [from: number, to: number];

/** The options of `changes()`: `since`, or `before` and `after`. */
export interface ChangesOptions {
  /** Compares what came since then with what was before, as far as the history goes. Seconds since 1970. */
  readonly since?: number | undefined;
  /** Compares two spans. */
  readonly before?: TimeSpan | undefined;
  /** The later span. It is given with `before`. */
  readonly after?: TimeSpan | undefined;
  /**
   * How many changes and contributions are told.
   * @defaultValue 10
   */
  readonly top?: number | undefined;
}

/** How a series differs between two spans. */
export interface Change {
  /** The name of the metric. */
  readonly metric: string;
  /** The labels of the series. */
  readonly labels: Labels;
  /** What is compared: the value of a gauge, the rate of a counter per second, or the mean of what was observed. */
  readonly statistic: 'value' | 'rate' | 'mean';
  /** The means. One that was not there counts as 0. */
  readonly before: number;
  /** The mean in the later span. */
  readonly after: number;
  /** The difference in standard deviations, but no more than 20. Changes are ordered by it. */
  readonly effect: number;
  /** Whether the series was there in one of the spans only. */
  readonly presence: 'both' | 'appeared' | 'ended';
}

/** How much of the change of a whole metric comes from the series with one value of a label. */
export interface Contribution {
  /** The name of the metric. */
  readonly metric: string;
  /** The name of the label. */
  readonly label: string;
  /** The value of the label. */
  readonly value: string;
  /** The sums over those series. */
  readonly before: number;
  /** The sum in the later span. */
  readonly after: number;
  /** Their part in the change of the metric: 1 if it is all theirs, negative if they change the other way. */
  readonly share: number;
}

/** What has changed between two spans. */
export interface Changes {
  /** The earlier span. */
  readonly before: TimeSpan;
  /** The later span. */
  readonly after: TimeSpan;
  /** Those with the largest effect first. */
  readonly changes: readonly Change[];
  /** For the rates that have changed most: which values of labels that comes from. */
  readonly contributions: readonly Contribution[];
}

/** What the feature `analytics` offers. */
export interface Analyses {
  /**
   * Scores each value of a target from now on: see `TelemetryCollector.watch()`.
   * @throws TelemetryError `invalid_option`, `duplicate_watch`
   */
  watch(target: Target, options?: WatchOptions | null): Watch;
  /**
   * Describes what the history has of a target.
   * @throws TelemetryError `invalid_option`; Error if the target cannot be described
   */
  describe(target: Target, options: DescribeOptions): Promise<Description>;
  /**
   * Tells how far two targets go together, and by how many seconds one follows the other.
   * @throws TelemetryError `invalid_option`; Error if one of them cannot be described
   */
  correlate(one: Target, other: Target, options: CorrelateOptions): Promise<Correlation>;
  /**
   * Tells which series have changed most between two spans.
   * @throws TelemetryError `invalid_option`
   */
  changes(options: ChangesOptions): Promise<Changes>;
}
