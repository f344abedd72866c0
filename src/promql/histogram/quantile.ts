import { type Bucket, bucketAt, clippedAtZero, countAt, places } from './bounds.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';
import type { Note } from './notes.ts';

/**
 * Estimates a quantile. Observations are taken to be spread evenly over the logarithm of a bucket with
 * exponential bounds, and evenly over the zero bucket and buckets with custom bounds.
 * @param q from 0 to 1; below it is -Inf, above +Inf
 * @returns NaN without observations
 */
export function quantile(q: number, histogram: FloatHistogram, note: Note): number {
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  if (histogram.count === 0 || Number.isNaN(q)) return Number.NaN;
  const hasNaN = Number.isNaN(histogram.sum);
  // Observations that are NaN are in no bucket, so only counting from below is right if there are any.
  const upward = hasNaN || q < 0.5;
  const rank = (upward ? q : 1 - q) * histogram.count;
  let [place, count, own] = placeOf(histogram, rank, upward);
  const isCustom = histogram.schema === CUSTOM_BOUNDS;
  const bucket = place < 0 ? { lower: 0, upper: 0, count: 0 } : bucketAt(histogram, place);
  if (isCustom) {
    if (bucket.lower === -Infinity) {
      if (bucket.upper <= 0) return bucket.upper;
      bucket.lower = 0;
    } else if (bucket.upper === Infinity) return bucket.lower;
  } else if (bucket.lower < 0 && bucket.upper > 0) clippedAtZero(bucket, histogram);
  if (count > histogram.count) count = histogram.count;
  if (count < rank) {
    if (!hasNaN) return bucket.upper;
    note('quantile-nan');
    return Number.NaN;
  }
  const within = upward ? rank - (count - own) : count - rank;
  // From here on Prometheus 3.14 calculates with the last bucket, which is a fault: the quantile is in this one.
  if (hasNaN && total(histogram, place + 1, count) < histogram.count) note('quantile-skewed');
  return interpolated(bucket, within / own, isCustom);
}

/** Finds the bucket of a rank, or else the last one, and counts up to its end. */
function placeOf(
  histogram: FloatHistogram,
  rank: number,
  upward: boolean,
): [place: number, count: number, own: number] {
  const last = places(histogram) - 1;
  let found = -1;
  let count = 0;
  let own = 0;
  for (let i = 0; i <= last; i++) {
    const place = upward ? i : last - i;
    const there = countAt(histogram, place);
    if (there === undefined) continue;
    found = place;
    own = there;
    count += there;
    if (there !== 0 && count >= rank) break;
  }
  return [found, count, own];
}

/** Adds the counts of all buckets from a place on. */
function total(histogram: FloatHistogram, from: number, count: number): number {
  let sum = count;
  for (let place = from; place < places(histogram); place++) sum += countAt(histogram, place) ?? 0;
  return sum;
}

function interpolated({ lower, upper }: Bucket, fraction: number, isCustom: boolean): number {
  if (isCustom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const from = Math.log2(Math.abs(lower));
  const to = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (from + (to - from) * fraction);
  return -(2 ** (to + (from - to) * (1 - fraction)));
}
