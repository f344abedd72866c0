import type { NativeBuckets, NativeHistogram } from '../../model.ts';
import { isSchema } from './bucket-numbers.ts';
import type { NativeShape } from './layout.ts';
import { MAX_NATIVE_BUCKETS } from './options.ts';

/** Returns the shape in what a thread or a record claims; `undefined` if there is none. */
export function claimedNative(claimed: unknown): NativeShape | undefined {
  const fields = (claimed ?? {}) as Readonly<Record<string, unknown>>;
  const { schema, maxBuckets, zeroThreshold, reduces } = fields;
  const isCount = Number.isInteger(maxBuckets) && (maxBuckets as number) >= 1;
  if (!isSchema(schema) || !isCount || (maxBuckets as number) > MAX_NATIVE_BUCKETS)
    return undefined;
  const isThreshold = Number.isFinite(zeroThreshold) && (zeroThreshold as number) >= 0;
  if (!isThreshold || typeof reduces !== 'boolean') return undefined;
  return {
    schema,
    maxBuckets: maxBuckets as number,
    zeroThreshold: zeroThreshold as number,
    reduces,
  };
}

/** The shape of native buckets that a part adds. Nobody records into these. */
export const ADDED_NATIVE: NativeShape = {
  ...{ schema: 0, zeroThreshold: 0, reduces: true },
  maxBuckets: MAX_NATIVE_BUCKETS,
};

/** Whether formats can write the native buckets that a part adds. */
export function areNatives(claimed: unknown): boolean {
  return Array.isArray(claimed) && claimed.every(isNative);
}

function isNative(claimed: Partial<NativeHistogram> | undefined): boolean {
  const { schema, zeroThreshold, zeroCount, positive, negative } = claimed ?? {};
  const areCounts = isCount(zeroThreshold) && isCount(zeroCount);
  return isSchema(schema) && areCounts && isSide(positive) && isSide(negative);
}

function isSide(claimed: Partial<NativeBuckets> | undefined): boolean {
  const { offset, counts, infinite = 0 } = claimed ?? {};
  if (!Number.isSafeInteger(offset) || !counts || !(counts.length <= MAX_NATIVE_BUCKETS)) {
    return false;
  }
  return Array.prototype.every.call(counts, isCount) && isCount(infinite);
}

const isCount = (count: unknown) => typeof count === 'number' && count >= 0 && count < Infinity;
