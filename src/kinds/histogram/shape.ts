import type { Kind } from '../kind.ts';

export type HistogramShape = {
  /** Upper bounds in ascending order, without `+Inf`. */
  readonly buckets: readonly number[];
};

/**
 * The cells of a block are the sum of the observations, and then one count for each bucket, `+Inf` last. The
 * count of all observations is the sum of these.
 */
export const HISTOGRAM_SUM = 0;
export const HISTOGRAM_COUNTS = 1;

/** A distribution over buckets. */
export const histogramKind = {
  type: 'histogram',
  reserved: ['le'],
  occupies: (name: string) => [`${name}_bucket`, `${name}_sum`, `${name}_count`],
  cells: ({ buckets }: HistogramShape) => HISTOGRAM_COUNTS + buckets.length + 1,
} satisfies Kind<HistogramShape>;
