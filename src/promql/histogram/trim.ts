import { compact } from './arithmetic.ts';
import { type Bucket, bucketAt, fractionBelow, places } from './bounds.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

/** What is left of a bucket: how many observations, and where they are taken to lie. */
type Kept = readonly [count: number, middle: number];

/**
 * Removes the observations above a value (`</`) or below it (`>/`). Those of a bucket that the value cuts
 * through are estimated, and so is the sum.
 * @returns the same histogram if nothing is removed
 */
export function trim(histogram: FloatHistogram, op: '</' | '>/', value: number): FloatHistogram {
  const { positive, negative } = histogram;
  const zero = negative.counts.length;
  const isCustom = histogram.schema === CUSTOM_BOUNDS;
  const counts = { positive: [...positive.counts], negative: [...negative.counts] };
  let { zeroCount } = histogram;
  let count = 0;
  let sum = 0;
  let changed = false;
  // Here buckets do not end at the zero bucket.
  const unclipped = { ...histogram, zeroThreshold: 0 };
  for (const place of inOrder(zero, places(histogram))) {
    const bucket = bucketAt(place === zero ? histogram : unclipped, place);
    if (place === zero ? !(bucket.count > 0) : bucket.count === 0) continue;
    const [left, middle] =
      place === zero ? keptOfZero(histogram, op, value) : kept(bucket, op, value, isCustom);
    if (left !== bucket.count) changed = true;
    if (place === zero) zeroCount = left;
    else if (place > zero) counts.positive[place - zero - 1] = left;
    else counts.negative[zero - 1 - place] = left;
    count += left;
    sum += middle * left;
  }
  if (!changed) return histogram;
  return compact({
    ...histogram,
    zeroCount,
    count,
    sum,
    positive: { indices: positive.indices, counts: counts.positive },
    negative: { indices: negative.indices, counts: counts.negative },
  });
}

/** Buckets of a sign from 0 outwards, the positive ones first, and the zero bucket last. */
function* inOrder(zero: number, all: number): Generator<number> {
  for (let place = zero + 1; place < all; place++) yield place;
  for (let place = zero - 1; place >= 0; place--) yield place;
  yield zero;
}

function kept(bucket: Bucket, op: '</' | '>/', value: number, isCustom: boolean): Kept {
  const { lower, upper, count } = bucket;
  const isBelow = op === '</';
  if (isBelow ? upper <= value : lower >= value) return [count, middle(lower, upper, isCustom)];
  if (!(isBelow ? lower < value : upper > value)) return [0, 0];
  if (lower === -Infinity) return keptOfLowest(bucket, isBelow, value);
  // Nothing of a bucket that reaches up to infinity is taken to lie below the value.
  const below = count * fractionBelow(bucket, value, isCustom);
  return isBelow
    ? [below, middle(lower, value, isCustom)]
    : [count - below, middle(value, upper, isCustom)];
}

/** As `kept`, for a bucket that begins at `-Inf`. Where it ends above 0, it is taken to begin there. */
function keptOfLowest({ upper, count }: Bucket, isBelow: boolean, value: number): Kept {
  const fromZero = upper > 0 && upper < Infinity;
  if (isBelow) {
    if (fromZero && value > 0) return [(count * value) / upper, value / 2];
    return upper <= 0 ? [count, value] : [0, 0];
  }
  return fromZero && value >= 0 ? [count * (1 - value / upper), (value + upper) / 2] : [0, 0];
}

function keptOfZero(histogram: FloatHistogram, op: '</' | '>/', value: number): Kept {
  const { zeroCount, zeroThreshold, positive, negative } = histogram;
  const above = positive.counts.some((count) => count !== 0);
  const below = negative.counts.some((count) => count !== 0);
  const lower = above && !below ? 0 : -zeroThreshold;
  const upper = below && !above ? 0 : zeroThreshold;
  const isBelow = op === '</';
  if (value <= lower) return isBelow ? [0, 0] : [zeroCount, (lower + upper) / 2];
  if (value >= upper) return isBelow ? [zeroCount, (lower + upper) / 2] : [0, 0];
  return isBelow
    ? [zeroCount * ((value - lower) / (upper - lower)), (lower + value) / 2]
    : [zeroCount * ((upper - value) / (upper - lower)), (value + upper) / 2];
}

/** The geometric mean of two bounds, or the arithmetic one for custom bounds. */
function middle(lower: number, upper: number, isCustom: boolean): number {
  if (lower === -Infinity) {
    if (upper === Infinity) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (upper === Infinity) return lower;
  if (isCustom) return (lower + upper) / 2;
  return Math.sign(lower + upper) * Math.sqrt(Math.abs(lower * upper));
}
