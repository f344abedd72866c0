import type { NativeBuckets, NativeHistogram } from '../../model.ts';

/** Returns how much a number has grown. One that was infinite and still is has not. */
export function growth(now: number, before: number): number {
  return now === before ? 0 : now - before;
}

/**
 * Returns how many observations each bucket has got. Returns `undefined` if one has lost some: then the
 * series has begun anew.
 */
export function countGrowth(
  now: Float64Array,
  before: Float64Array,
  beforeAt: number,
): Float64Array | undefined {
  const grown = new Float64Array(now.length);
  for (let i = 0; i < now.length; i++) {
    const by = now[i]! - before[beforeAt + i]!;
    if (!(by >= 0)) return undefined;
    grown[i] = by;
  }
  return grown;
}

/**
 * Returns the observations that native buckets have got. Returns `undefined` if a bucket has lost some. If the
 * buckets are wider than they were, those that became one are taken together.
 */
export function nativeGrowth(
  now: NativeHistogram,
  before: NativeHistogram,
): NativeHistogram | undefined {
  const { schema, zeroThreshold } = now;
  const zeroCount = now.zeroCount - before.zeroCount;
  const coarser = before.schema - schema;
  if (!(zeroCount >= 0) || coarser < 0 || zeroThreshold !== before.zeroThreshold) return undefined;
  const positive = bucketGrowth(now.positive, before.positive, coarser);
  const negative = bucketGrowth(now.negative, before.negative, coarser);
  return positive && negative && { schema, zeroThreshold, zeroCount, positive, negative };
}

function bucketGrowth(
  now: NativeBuckets,
  before: NativeBuckets,
  coarser: number,
): NativeBuckets | undefined {
  const { offset } = now;
  const infinite = (now.infinite ?? 0) - (before.infinite ?? 0);
  if (!(infinite >= 0)) return undefined;
  const counts = Float64Array.from(now.counts);
  const width = 2 ** coarser;
  for (let i = 0; i < before.counts.length; i++) {
    const count = before.counts[i]!;
    if (!(count > 0)) continue;
    // Buckets are numbered by their upper bounds.
    const at = Math.ceil((before.offset + i) / width) - offset;
    if (!(at >= 0 && at < counts.length)) return undefined;
    counts[at]! -= count;
  }
  return counts.every((count) => count >= 0) ? { offset, counts, infinite } : undefined;
}
