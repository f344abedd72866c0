import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Buckets } from '../../src/kinds/histogram/buckets.ts';

const any = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ noNaN: true, min: -20, max: 20 }),
  fc.constantFrom(0, -0, 1, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, Infinity, -Infinity),
);
const bounds = fc
  .uniqueArray(any.filter(Number.isFinite), { minLength: 1, maxLength: 40 })
  .map((values) => [...new Set(values.map((value) => value + 0))].sort((a, b) => a - b));

describe('buckets', () => {
  it('are found as by comparing with every bound', () => {
    fc.assert(
      fc.property(bounds, fc.array(any), (sorted, values) => {
        const buckets = new Buckets(sorted);
        for (const value of [...values, ...sorted]) {
          const bucket = sorted.findIndex((bound) => value <= bound);
          expect(buckets.find(value)).toBe(bucket < 0 ? sorted.length : bucket);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
