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
