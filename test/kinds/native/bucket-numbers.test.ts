import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketNumbers } from '../../../src/kinds/native/bucket-numbers.ts';
import { exactBucket } from './exact-bucket.ts';

const schema = fc.integer({ min: -4, max: 8 });
const positive = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map(Math.abs)
  .filter((value) => value > 0);

/** Returns the number that is so many units in the last place away. */
function neighbour(value: number, ulps: number): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += BigInt(ulps);
  return new Float64Array(bits.buffer)[0]!;
}

describe('the number of a native bucket', () => {
  it('is exact for any number', () => {
    fc.assert(
      fc.property(schema, positive, (at, value) => {
        expect(bucketNumbers(at).find(value)).toBe(exactBucket(value, at));
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact beside every bound from 1 to 2, at every schema', () => {
    for (let at = -4; at <= 8; at++) {
      const numbers = bucketNumbers(at);
      const bounds = Math.max(1, 2 ** at);
      for (let k = 0; k <= bounds; k++) {
        const bound = 2 ** (k / bounds);
        for (let ulps = -3; ulps <= 3; ulps++) {
          const value = neighbour(bound, ulps);
          expect(numbers.find(value), `${value} at ${at}`).toBe(exactBucket(value, at));
        }
      }
    }
  });

  it('is exact beside bounds of any size, down to subnormal numbers', () => {
    const exponent = fc.integer({ min: -1074, max: 1023 });
    const ulps = fc.integer({ min: -1, max: 1 });
    fc.assert(
      fc.property(schema, exponent, fc.nat(255), ulps, (at, e, k, by) => {
        const bound = 2 ** e * 2 ** ((k % Math.max(1, 2 ** at)) / Math.max(1, 2 ** at));
        const value = neighbour(bound, by);
        fc.pre(value > 0 && value < Infinity);
        expect(bucketNumbers(at).find(value)).toBe(exactBucket(value, at));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [5e-324, 0, -1074],
    [Number.MIN_VALUE, 8, -1074 * 256],
    [Number.MAX_VALUE, 0, 1024],
    [Number.MAX_VALUE, 8, 1024 * 256],
    [1, 8, 0],
    [1, -4, 0],
    [1 + Number.EPSILON, 8, 1],
    [1 + Number.EPSILON, -4, 1],
    [65536, -4, 1],
    [65537, -4, 2],
  ])('of %d at schema %i is %i', (value, at, bucket) => {
    expect(bucketNumbers(at).find(value)).toBe(bucket);
    expect(exactBucket(value, at)).toBe(bucket);
  });

  it('has bounds that a value of its bucket lies between', () => {
    fc.assert(
      fc.property(schema, positive, (at, value) => {
        // Bounds of subnormal numbers are rounded.
        fc.pre(value >= 2 ** -1000);
        const numbers = bucketNumbers(at);
        const bucket = numbers.find(value);
        expect(numbers.bound(bucket)).toBeGreaterThanOrEqual(value);
        expect(numbers.bound(bucket - 1)).toBeLessThan(value);
      }),
      { numRuns: 1000 },
    );
  });
});
