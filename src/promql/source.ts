import type { FloatHistogram } from './histogram/float-histogram.ts';
import type { LabelSet } from './label-set.ts';
import type { Matcher } from './matcher.ts';

/** What a sample is. */
export const SampleKind = {
  Float: 0,
  /** A stale marker: the series has ended here. */
  Stale: 1,
  Histogram: 2,
  /** Nothing. Series that share their times have it where they have no sample. */
  Absent: 3,
} as const;

/**
 * A series with its samples. They are those of the numbers from `begin` up to `end`, `end` excluded. The arrays
 * may hold others before and behind them, and must not be changed.
 */
export interface Series {
  /** The labels of the series. */
  readonly labels: LabelSet;
  /** Milliseconds since 1970, ascending. Series that were sampled together may share the array. */
  readonly times: Float64Array;
  /** The values of the samples. */
  readonly values: Float64Array;
  /** The index of the first sample that counts. */
  readonly begin: number;
  /** The index behind the last sample that counts. */
  readonly end: number;
  /** A `SampleKind` for each sample; absent if all are floats. A stale marker need not be a special NaN. */
  readonly kinds?: Uint8Array | undefined;
  /** The histograms, at the numbers of their samples. Must not be changed. */
  readonly histograms?: ArrayLike<FloatHistogram | undefined> | undefined;
  /** Since when each sample counts, in milliseconds since 1970; 0 if that is not known. For `experimental`. */
  readonly starts?: Float64Array | undefined;
}

/** Where the engine reads. */
export interface Source {
  /**
   * Returns the series that meet all matchers, with their samples later than `from` and not later than `to`,
   * both in milliseconds since 1970. Series without any may be left out. Each label set comes once. The series
   * must stay as they are until the query ends, also while the source goes on being written.
   */
  select(
    matchers: readonly Matcher[],
    from: number,
    to: number,
  ): readonly Series[] | Promise<readonly Series[]>;
}
