import { type Bucket, bucketsOf } from './bounds.ts';
import { lostAfter } from './compensated.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

/** Estimates the variance of the observations: each is taken to lie in the middle of its bucket. */
export function variance(histogram: FloatHistogram): number {
  const mean = histogram.sum / histogram.count;
  const isCustom = histogram.schema === CUSTOM_BOUNDS;
  let sum = 0;
  let lost = 0;
  for (const bucket of bucketsOf(histogram)) {
    if (bucket.count === 0) continue;
    const difference = middle(bucket, isCustom) - mean;
    const value = bucket.count * difference * difference;
    const total = sum + value;
    lost = lostAfter(sum, value, total, lost);
    sum = total;
  }
  return (sum + lost) / histogram.count;
}

/** The geometric mean, or the arithmetic one for custom bounds. The zero bucket has 0. */
function middle({ lower, upper }: Bucket, isCustom: boolean): number {
  if (isCustom) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  return Math.sign(upper) * Math.sqrt(upper * lower);
}
