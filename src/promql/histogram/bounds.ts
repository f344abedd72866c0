import { bucketNumbers } from '../../kinds/native/bucket-numbers.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

/** A bucket with its bounds. */
export interface Bucket {
  lower: number;
  upper: number;
  readonly count: number;
}

/**
 * Returns the upper bound of a bucket. That of a negative bucket is its lower bound without the sign.
 * @param customBounds those of the histogram, if that is its schema
 */
export function upperBound(
  index: number,
  schema: number,
  customBounds: readonly number[] = [],
): number {
  if (schema === CUSTOM_BOUNDS) {
    return index < 0 ? -Infinity : (customBounds[index] ?? Infinity);
  }
  const bound = bucketNumbers(schema).bound(index);
  // Infinite observations have a bucket of their own behind that of the greatest number.
  if (bound === Infinity) return index === 1024 * 2 ** schema ? Number.MAX_VALUE : bound;
  return schema > 0 ? bound + deviation(index, schema) : bound;
}

/**
 * How far the bounds in Prometheus' table are from the exact ones, rounded down: in units of the last place,
 * plus 3. So results and their texts are the same.
 */
const DEVIATIONS =
  '3434433334333433332234323333332243333333333333223322343334333323' +
  '3334343333223322343344333433343433334444332234233323343333223322' +
  '3333332133223322332223222222221133333334332233222312332322122222' +
  '2311332222121212121112010100110022222212231123122211231211011200';

function deviation(index: number, schema: number): number {
  const exponent = index >> schema;
  const place = (index - (exponent << schema)) << (8 - schema);
  return (Number(DEVIATIONS[place]) - 3) * 2 ** (exponent - 52);
}

/**
 * Returns how many places for buckets a histogram has, in ascending order: those of its negative buckets, that
 * of the zero bucket, and those of its positive buckets.
 */
export function places({ negative, positive }: FloatHistogram): number {
  return negative.counts.length + 1 + positive.counts.length;
}

/** Returns how many observations are in a place, or `undefined` if there is no bucket. */
export function countAt(histogram: FloatHistogram, place: number): number | undefined {
  const { negative, positive, zeroCount } = histogram;
  const zero = negative.counts.length;
  if (place === zero) return zeroCount > 0 ? zeroCount : undefined;
  return place < zero ? negative.counts[zero - 1 - place]! : positive.counts[place - zero - 1]!;
}

/** Returns the bucket in a place. A bucket that overlaps the zero bucket ends where that begins. */
export function bucketAt(histogram: FloatHistogram, place: number): Bucket {
  const { negative, positive, zeroCount, zeroThreshold, schema, customBounds } = histogram;
  const zero = negative.counts.length;
  if (place === zero) return { lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount };
  const [side, i] = place < zero ? [negative, zero - 1 - place] : [positive, place - zero - 1];
  const index = side.indices[i]!;
  const count = side.counts[i]!;
  const upper = upperBound(index, schema, customBounds);
  let lower = upperBound(index - 1, schema, customBounds);
  if (lower > 0 && lower < zeroThreshold) lower = zeroThreshold;
  return side === positive ? { lower, upper, count } : { lower: -upper, upper: -lower, count };
}

/** Returns all buckets in ascending order, empty ones included, the zero bucket only if it is not empty. */
export function bucketsOf(histogram: FloatHistogram): Bucket[] {
  const buckets: Bucket[] = [];
  for (let place = 0; place < places(histogram); place++) {
    if (countAt(histogram, place) !== undefined) buckets.push(bucketAt(histogram, place));
  }
  return buckets;
}

/**
 * Where observations are on one side of 0 only, the zero bucket reaches from or to 0. Changes and returns the
 * bucket, which must contain 0.
 */
export function clippedAtZero(bucket: Bucket, { negative, positive }: FloatHistogram): Bucket {
  const below = negative.counts.length > 0;
  const above = positive.counts.length > 0;
  if (above && !below) bucket.lower = 0;
  else if (below && !above) bucket.upper = 0;
  return bucket;
}

/**
 * Returns how much of a bucket's width lies below a value within it, from 0 to 1.
 * @param linear whether observations are taken to be spread evenly, and not evenly over the logarithm
 */
export function fractionBelow({ lower, upper }: Bucket, value: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower);
  const from = Math.log2(Math.abs(lower));
  const to = Math.log2(Math.abs(upper));
  const at = Math.log2(Math.abs(value));
  return value > 0 ? (at - from) / (to - from) : 1 - (at - to) / (from - to);
}
