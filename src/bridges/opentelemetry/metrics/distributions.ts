import { bucketsOf } from '../../../kinds/histogram/buckets.ts';
import type { CollectedHistogram } from '../../../kinds/histogram/recording.ts';
import { type BucketNumbers, bucketNumbers } from '../../../kinds/native/bucket-numbers.ts';
import { MIN_SCHEMA } from '../../../kinds/native/layout.ts';
import type { CountedBuckets } from './aggregation.ts';
import type { Found, SeriesKey } from './series.ts';

/** The observations of one series, as the callback of a histogram gives them. */
type Distribution = CollectedHistogram & { readonly labels: SeriesKey };

/** Returns the histograms of what callbacks have found in one reading. */
export function distributions(
  found: readonly Found[],
  { buckets, native }: CountedBuckets,
): Distribution[] {
  const series = new Map<string, { readonly labels: SeriesKey; readonly values: number[] }>();
  for (const { value, labels } of found) {
    if (Number.isNaN(value)) continue;
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { labels, values: [] };
    series.set(key, one);
    one.values.push(value);
  }
  return [...series.values()].map(({ labels, values }) => ({
    labels,
    sum: values.reduce((sum, value) => sum + value, 0),
    ...(native ? { native: nativeOf(values, native) } : { buckets: classicOf(values, buckets) }),
  }));
}

function classicOf(values: readonly number[], bounds: readonly number[]) {
  const buckets = bucketsOf(bounds);
  const counts = new Array<number>(buckets.count).fill(0);
  for (const value of values) counts[buckets.find(value)]! += 1;
  let count = 0;
  return counts.map((own, i) => {
    count += own;
    return { le: bounds[i] ?? Infinity, count };
  });
}

/** Takes the finest resolution at which neither side needs more buckets than it may have. */
function nativeOf(
  values: readonly number[],
  { schema: finest, maxBuckets }: NonNullable<CountedBuckets['native']>,
) {
  const positive = values.filter((value) => value > 0);
  const negative = values.filter((value) => value < 0).map((value) => -value);
  const isTooFine = (schema: number) =>
    [positive, negative].some((side) => spanOf(side, bucketNumbers(schema))[1] > maxBuckets);
  let schema = finest;
  while (schema > MIN_SCHEMA && isTooFine(schema)) schema--;
  const numbers = bucketNumbers(schema);
  return {
    schema,
    zeroCount: values.length - positive.length - negative.length,
    positive: countsOf(positive, numbers),
    negative: countsOf(negative, numbers),
  };
}

/** Returns the first bucket that values above 0 need, and how many they need from there on. */
function spanOf(values: readonly number[], numbers: BucketNumbers): readonly [number, number] {
  let [first, last] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === Infinity) continue;
    const bucket = numbers.find(value);
    first = Math.min(first, bucket);
    last = Math.max(last, bucket);
  }
  return first > last ? [0, 0] : [first, last - first + 1];
}

function countsOf(values: readonly number[], numbers: BucketNumbers) {
  const [offset, size] = spanOf(values, numbers);
  const counts = new Array<number>(size).fill(0);
  let infinite = 0;
  for (const value of values) {
    if (value === Infinity) infinite++;
    else counts[numbers.find(value) - offset]! += 1;
  }
  return { offset, counts, infinite };
}
