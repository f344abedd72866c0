/** How the counter of a histogram relates to the sample before it. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** Buckets that are in use: their numbers, ascending, and how many observations each has. */
export interface Buckets {
  readonly indices: readonly number[];
  readonly counts: readonly number[];
}

/**
 * A native histogram as an expression sees it. All numbers are floats. It never changes.
 * https://prometheus.io/docs/specs/native_histograms/
 */
export interface FloatHistogram {
  /** From -4 to 8. -53 means that the bounds are `customBounds`. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  /** The upper bounds, ascending, without `+Inf`, if the schema is -53. Bucket 0 ends at the first. */
  readonly customBounds?: readonly number[] | undefined;
  readonly counterReset: CounterResetHint;
}

/** The schema of histograms with bounds of their own. */
export const CUSTOM_BOUNDS = -53;
