/** What was done with histograms when something had to be said about it. */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/**
 * What somebody who asks should be told about histograms. Functions here say only what they have found: the
 * evaluator has the words for it, and knows the place in the query.
 */
export type HistogramNote =
  /** Histograms with exponential buckets and histograms with custom buckets cannot be put together. */
  | 'incompatible'
  /** A function for counters was given a gauge. */
  | 'not-counter'
  /** A function for gauges was given a counter. */
  | 'not-gauge'
  /** The operation is not defined for these types. */
  | 'incompatible-types'
  /** One histogram says that its counter was reset, and another that it was not. */
  | `collision:${HistogramOperation}`
  /** Custom bounds differed, so only those that all histograms have were kept. */
  | `bounds:${HistogramOperation}`
  /** The quantile lies among observations that are NaN. */
  | 'quantile-nan'
  /** The quantile is too high, because some observations are NaN. */
  | 'quantile-skewed'
  /** Some observations are NaN, so they are part of no fraction. */
  | 'fraction-nan';

export type Note = (note: HistogramNote) => void;
