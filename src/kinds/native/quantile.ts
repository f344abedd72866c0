import type { NativeBuckets, NativeHistogram } from '../../model.ts';
import { bucketNumbers } from './bucket-numbers.ts';

/** A bucket has the observations above `lower` and up to `upper`. */
export interface NativeBucket {
  /** The lower bound, which does not belong to the bucket if it is positive. */
  readonly lower: number;
  /** The upper bound. */
  readonly upper: number;
  /** How many observations the bucket has. */
  readonly count: number;
}

/** Returns the buckets that have observations, in ascending order. */
export function bucketsWithin(histogram: NativeHistogram): NativeBucket[] {
  const { schema, zeroThreshold, zeroCount, positive, negative } = histogram;
  const below = sideOf(negative, schema).map(({ lower, upper, count }) => {
    return { lower: -upper, upper: -lower, count };
  });
  const zero = { lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount };
  const above = sideOf(positive, schema);
  return [...below.reverse(), ...(zeroCount > 0 ? [zero] : []), ...above];
}

function sideOf({ offset, counts, infinite = 0 }: NativeBuckets, schema: number): NativeBucket[] {
  const numbers = bucketNumbers(schema);
  const buckets: NativeBucket[] = [];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (!(count > 0)) continue;
    const lower = numbers.bound(offset + i - 1);
    // Infinite values have a bucket of their own.
    const upper = Math.min(numbers.bound(offset + i), Number.MAX_VALUE);
    buckets.push({ lower, upper, count });
  }
  if (infinite > 0) buckets.push({ lower: Number.MAX_VALUE, upper: Infinity, count: infinite });
  return buckets;
}

/** As `nativeQuantile`, for each of `quantiles`. */
export function nativeQuantiles(
  quantiles: readonly number[],
  histogram: NativeHistogram,
): readonly number[] {
  const buckets = bucketsWithin(histogram);
  return quantiles.map((q) => quantileOf(q, buckets));
}

/**
 * Estimates a quantile as `histogram_quantile` of PromQL does: observations are taken to be spread evenly over
 * the zero bucket, and evenly over the logarithm in all others.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 * @param q from 0 to 1
 * @returns NaN if there are no observations, or `q` is none
 */
export function nativeQuantile(q: number, histogram: NativeHistogram): number {
  return quantileOf(q, bucketsWithin(histogram));
}

/** @param buckets those that have observations, in ascending order */
function quantileOf(q: number, buckets: readonly NativeBucket[]): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (Number.isNaN(q) || total === 0) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  // Quantiles of the upper half are counted from above, as in Prometheus: that rounds less.
  const isUpper = q >= 0.5;
  const rank = (isUpper ? 1 - q : q) * total;
  const ordered = isUpper ? [...buckets].reverse() : buckets;
  let count = 0;
  let bucket = ordered[0]!;
  for (bucket of ordered) {
    count += bucket.count;
    if (count >= rank) break;
  }
  const within = isUpper ? count - rank : rank - (count - bucket.count);
  return interpolated(clipped(bucket, buckets), within / bucket.count);
}

/** The zero bucket ends at 0 where there are observations on one side of it only. */
function clipped(bucket: NativeBucket, buckets: readonly NativeBucket[]): NativeBucket {
  if (bucket.lower >= 0 || bucket.upper <= 0) return bucket;
  const above = buckets.at(-1) !== bucket;
  const below = buckets[0] !== bucket;
  if (above && !below) return { ...bucket, lower: 0 };
  return below && !above ? { ...bucket, upper: 0 } : bucket;
}

function interpolated({ lower, upper }: NativeBucket, fraction: number): number {
  if (lower <= 0 && upper >= 0) return lower + (upper - lower) * fraction;
  const [from, to] = [Math.log2(Math.abs(lower)), Math.log2(Math.abs(upper))];
  if (lower > 0) return 2 ** (from + (to - from) * fraction);
  return -(2 ** (to + (from - to) * (1 - fraction)));
}
