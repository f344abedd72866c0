/** How the counter of a histogram relates to the sample before it. */
export type CounterResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

/** Buckets that are in use: their numbers, ascending, and how many observations each has. */
export interface Buckets {
  /** The number of each bucket, in ascending order. */
  readonly indices: readonly number[];
  /** How many observations are in each; not cumulative. */
  readonly counts: readonly number[];
}

/**
 * A native histogram as an expression sees it. All numbers are floats. It never changes.
 * https://prometheus.io/docs/specs/native_histograms/
 */
export interface FloatHistogram {
  /** From -4 to 8. -53 means that the bounds are `customBounds`. */
  readonly schema: number;
  /** The zero bucket reaches from the negation of this to this. */
  readonly zeroThreshold: number;
  /** How many observations the zero bucket has. */
  readonly zeroCount: number;
  /** How many observations there are in all. */
  readonly count: number;
  /** The sum of the observations. */
  readonly sum: number;
  /** The buckets above the zero bucket. */
  readonly positive: Buckets;
  /** The buckets below the zero bucket. */
  readonly negative: Buckets;
  /** The upper bounds, ascending, without `+Inf`, if the schema is -53. Bucket 0 ends at the first. */
  readonly customBounds?: readonly number[] | undefined;
  /** What is known of a reset before this sample. */
  readonly counterReset: CounterResetHint;
}

/** The schema of histograms with bounds of their own. */
export const CUSTOM_BOUNDS = -53;
