import { numberText } from '../number-text.ts';
import { bucketAt, countAt, places } from './bounds.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

/** Whether each bound of a bucket belongs to it, its bounds, and its count. */
export type JsonBucket = [boundaryRule: 0 | 1 | 2 | 3, lower: string, upper: string, count: string];

/** A native histogram in the form that Prometheus' HTTP API gives it. */
export interface JsonHistogram {
  /** How many observations there are. */
  readonly count: string;
  /** The sum of the observations. */
  readonly sum: string;
  /** Those that are not empty, in ascending order. Absent if there are none. */
  readonly buckets?: JsonBucket[];
}

/** Returns a histogram as Prometheus' HTTP API has it. */
export function histogramJson(histogram: FloatHistogram): JsonHistogram {
  const buckets: JsonBucket[] = [];
  for (let place = 0; place < places(histogram); place++) {
    if (!countAt(histogram, place)) continue;
    const { lower, upper, count } = bucketAt(histogram, place);
    const rule = boundaryRule(histogram, place, lower);
    buckets.push([rule, numberText(lower), numberText(upper), numberText(count)]);
  }
  const { count, sum } = histogram;
  const numbers = { count: numberText(count), sum: numberText(sum) };
  return buckets.length > 0 ? { ...numbers, buckets } : numbers;
}

/** 0: the upper bound belongs to the bucket; 1: the lower one; 2: none; 3: both. */
function boundaryRule(
  { schema, negative, positive }: FloatHistogram,
  place: number,
  lower: number,
) {
  const zero = negative.counts.length;
  if (schema === CUSTOM_BOUNDS) return positive.indices[place - zero - 1] === 0 ? 3 : 0;
  if (place === zero) return 3;
  return lower < 0 ? 1 : 0;
}
