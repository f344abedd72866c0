import { upperBound } from './bounds.ts';
import { lostAfter } from './compensated.ts';
import type { Side } from './side.ts';

/** The zero bucket of a histogram, and the buckets around it. */
export interface AroundZero {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** What rounding has lost of `zeroCount`. */
  readonly zeroLost: number;
  readonly positive: Side;
  readonly negative: Side;
}

export type ZeroBucket = Pick<AroundZero, 'zeroThreshold' | 'zeroCount' | 'zeroLost'>;

/**
 * Returns what the zero bucket is with a threshold that is not smaller. If that lies within a bucket that is
 * not empty, the threshold becomes the outer bound of that bucket.
 */
export function widened(around: AroundZero, threshold: number): ZeroBucket {
  const { schema, positive, negative } = around;
  if (threshold === around.zeroThreshold) return around;
  for (let reached = threshold; ; ) {
    const zero = { zeroThreshold: reached, zeroCount: around.zeroCount, zeroLost: around.zeroLost };
    takeIn(zero, positive, schema);
    reached = zero.zeroThreshold;
    takeIn(zero, negative, schema);
    if (zero.zeroThreshold === reached) return zero;
    // A negative bucket reaches further out. So what was taken of the positive ones is not enough.
    reached = zero.zeroThreshold;
  }
}

/** Adds the counts of the buckets that begin before the threshold, and moves it to the end of the last. */
function takeIn(zero: { -readonly [K in keyof ZeroBucket]: number }, side: Side, schema: number) {
  for (let i = 0; i < side.indices.length; i++) {
    const index = side.indices[i]!;
    if (upperBound(index - 1, schema) >= zero.zeroThreshold) return;
    for (const value of [side.counts[i]!, side.lost?.[i] ?? 0]) {
      const total = zero.zeroCount + value;
      zero.zeroLost = lostAfter(zero.zeroCount, value, total, zero.zeroLost);
      zero.zeroCount = total;
    }
    const upper = upperBound(index, schema);
    if (upper <= zero.zeroThreshold) continue;
    if (side.counts[i] !== 0) zero.zeroThreshold = upper;
    return;
  }
}
