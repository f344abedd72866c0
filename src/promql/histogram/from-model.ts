import type { NativeBuckets, NativeHistogram } from '../../model.ts';
import { type Buckets, CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

const NO_BUCKETS: Buckets = { indices: [], counts: [] };

/**
 * Returns a histogram of the collector as expressions see it.
 * @param sum of all observations. NaN ones are in no bucket.
 * @param count how many observations there are, if not those in the buckets
 */
export function fromNative(native: NativeHistogram, sum: number, count?: number): FloatHistogram {
  const { schema, zeroThreshold, zeroCount } = native;
  const positive = bucketsFrom(native.positive, schema);
  const negative = bucketsFrom(native.negative, schema);
  return {
    schema,
    zeroThreshold,
    zeroCount,
    count: count ?? zeroCount + total(positive) + total(negative),
    sum,
    positive,
    negative,
    counterReset: 'unknown',
  };
}

function bucketsFrom({ offset, counts, infinite = 0 }: NativeBuckets, schema: number): Buckets {
  const buckets = fromCounts(counts, 0, counts.length, offset);
  if (infinite > 0) {
    // The last bucket of finite numbers ends at 2 ** 1024.
    buckets.indices.push(1024 * 2 ** schema + 1);
    buckets.counts.push(infinite);
  }
  return buckets;
}

/** Leaves out empty buckets. */
function fromCounts(counts: ArrayLike<number>, from: number, to: number, offset: number) {
  const indices: number[] = [];
  const used: number[] = [];
  for (let i = from; i < to; i++) {
    if (counts[i] === 0) continue;
    indices.push(offset + i - from);
    used.push(counts[i]!);
  }
  return { indices, counts: used };
}

function total({ counts }: Buckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Returns a histogram with classic buckets as one with custom bounds.
 * @param bounds the upper bounds, ascending, without `+Inf`. Histograms of a series should share them.
 * @param counts how many observations are in each bucket, not cumulative, `+Inf` last
 * @param from where the counts begin
 */
export function fromClassic(
  bounds: readonly number[],
  counts: ArrayLike<number>,
  sum: number,
  from = 0,
): FloatHistogram {
  const positive = fromCounts(counts, from, from + bounds.length + 1, 0);
  return {
    schema: CUSTOM_BOUNDS,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total(positive),
    sum,
    positive,
    negative: NO_BUCKETS,
    customBounds: bounds,
    counterReset: 'unknown',
  };
}
