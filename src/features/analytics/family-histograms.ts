import type { MetricFamily } from '../../model.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { floatHistogram } from '../history/float-histograms.ts';

const NONE = { indices: [], counts: [] };

/** Returns what a series of a family with buckets has observed so far: its native buckets where it has any. */
export function familyHistogram(
  family: MetricFamily & { data: 'buckets' },
  item: number,
): FloatHistogram {
  const { buckets, natives, values } = family;
  const start = item * (buckets.length + 2);
  const counts = Array.from(values.subarray(start + 1, start + buckets.length + 2));
  const count = counts.reduce((sum, one) => sum + one, 0);
  const sum = values[start]!;
  if (natives) return floatHistogram(natives[item]!, sum, count, undefined);
  return classicHistogram(buckets, counts, sum);
}

/**
 * Returns classic buckets in the form of native ones.
 * @param bounds without `+Inf`
 * @param counts not cumulative, that of `+Inf` last
 */
export function classicHistogram(
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
): FloatHistogram {
  return {
    ...{ schema: CUSTOM_BOUNDS, customBounds: bounds, zeroThreshold: 0, zeroCount: 0, sum },
    count: counts.reduce((total, one) => total + one, 0),
    positive: { indices: counts.map((_, i) => i), counts },
    negative: NONE,
    counterReset: 'unknown',
  };
}

/** Whether some of what was observed may be below 0. The first bucket begins at 0 unless it ends below, as in PromQL. */
export function mayBeNegative({ customBounds, negative }: FloatHistogram): boolean {
  return negative.counts.length > 0 || (customBounds?.[0] ?? 0) < 0;
}
