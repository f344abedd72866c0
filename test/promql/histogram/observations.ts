import fc from 'fast-check';
import { bucketNumbers } from '../../../src/kinds/native/bucket-numbers.ts';
import {
  type Buckets,
  CUSTOM_BOUNDS,
  type FloatHistogram,
} from '../../../src/promql/histogram/float-histogram.ts';

/** How observations are counted. */
export type Layout =
  | { readonly schema: number; readonly zeroThreshold: number }
  | { readonly customBounds: readonly number[] };

/** Counts single observations, in the slow way. */
export function observed(values: readonly number[], layout: Layout): FloatHistogram {
  const sum = values.reduce((total, value) => total + value, 0);
  const common = { count: values.length, sum, counterReset: 'unknown' } as const;
  if ('customBounds' in layout) {
    const { customBounds } = layout;
    const bucketOf = (value: number) => {
      const index = customBounds.findIndex((bound) => value <= bound);
      return index < 0 ? customBounds.length : index;
    };
    const positive = counted(values.map(bucketOf));
    const negative = counted([]);
    const zero = { zeroThreshold: 0, zeroCount: 0 };
    return { ...common, ...zero, schema: CUSTOM_BOUNDS, customBounds, positive, negative };
  }
  const { schema, zeroThreshold } = layout;
  const outside = values.filter((value) => Math.abs(value) > zeroThreshold);
  const bucketOf = (value: number) => bucketNumbers(schema).find(Math.abs(value));
  return {
    ...common,
    schema,
    zeroThreshold,
    zeroCount: values.length - outside.length,
    positive: counted(outside.filter((value) => value > 0).map(bucketOf)),
    negative: counted(outside.filter((value) => value < 0).map(bucketOf)),
    customBounds: undefined,
  };
}

function counted(buckets: readonly number[]): Buckets {
  const indices = [...new Set(buckets)].sort((one, other) => one - other);
  const counts = indices.map((index) => buckets.filter((bucket) => bucket === index).length);
  return { indices, counts };
}

// Whole numbers and their fractions, so that sums are exact in any order.
const value = fc.oneof(
  fc.integer({ min: -4000, max: 4000 }).map((whole) => whole / 256),
  fc.constantFrom(0, 0.5, 1, 2, -1, -2, 1024, -1024),
);
export const values = fc.array(value, { maxLength: 30 });
// Thresholds that are bounds of buckets in all schemas.
export const exponential = fc.record({
  schema: fc.integer({ min: 0, max: 8 }),
  zeroThreshold: fc.constantFrom(0, 0.125, 0.5, 1, 2),
});
export const custom = fc
  .uniqueArray(fc.integer({ min: -10, max: 10 }), { maxLength: 6 })
  .map((bounds) => ({ customBounds: bounds.sort((one, other) => one - other) }));
