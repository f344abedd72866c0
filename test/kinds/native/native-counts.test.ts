import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NATIVE_SIZE, type NativeShape } from '../../../src/kinds/native/layout.ts';
import { isNativeBlock } from '../../../src/kinds/native/merged-counts.ts';
import {
  type BucketRange,
  blockWith,
  countsIn,
  type NativeCounts,
} from '../../../src/kinds/native/native-counts.ts';
import { addCounts, countsSince, noCounts } from '../../../src/kinds/native/native-sums.ts';
import { makeCollector } from '../../collectors.ts';
import { exactBucket } from './exact-bucket.ts';

const SHAPE: NativeShape = { schema: 5, maxBuckets: 20, zeroThreshold: 1e-6, reduces: true };

const observation = fc.oneof(
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
  fc.double({ min: 0.5, max: 4, noNaN: true }),
  fc.constantFrom(0, -0, 5e-324, 1e-6, -1e-6, 1, 2, 4, Infinity, -Infinity, 1.7e308, -1.7e308),
);

/** What was observed, in the buckets of a schema that was chosen for all of it together. */
interface Reference {
  readonly schema: number;
  readonly zero: number;
  readonly positive: Record<number, number>;
  readonly negative: Record<number, number>;
  readonly infinite: number;
  readonly minusInfinite: number;
}

/** Counts in the slow and exact way. */
function reference(
  values: readonly number[],
  { zeroThreshold }: NativeShape,
  schema: number,
): Reference {
  const sides = { positive: {} as Record<number, number>, negative: {} as Record<number, number> };
  let zero = 0;
  for (const value of values) {
    if (Math.abs(value) <= zeroThreshold) zero++;
    else if (Number.isFinite(value)) {
      const side = sides[value > 0 ? 'positive' : 'negative'];
      const bucket = exactBucket(Math.abs(value), schema);
      side[bucket] = (side[bucket] ?? 0) + 1;
    }
  }
  const times = (wanted: number) => values.filter((value) => value === wanted).length;
  return { schema, zero, ...sides, infinite: times(Infinity), minusInfinite: times(-Infinity) };
}

function populated({ offset, counts }: BucketRange): Record<number, number> {
  const pairs = counts.map((count, i) => [offset + i, count] as const);
  return Object.fromEntries(pairs.filter(([, count]) => count > 0));
}

const readable = ({ schema, zero, positive, negative, infinite, minusInfinite }: NativeCounts) => ({
  schema,
  zero,
  positive: populated(positive),
  negative: populated(negative),
  infinite,
  minusInfinite,
});

function spanOf(buckets: Record<number, number>): number {
  const numbers = Object.keys(buckets).map(Number);
  return numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1;
}

const widest = ({ positive, negative }: NativeCounts) =>
  Math.max(
    ...[positive, negative].map(({ counts }) => {
      const first = counts.findIndex((count) => count > 0);
      return first < 0 ? 0 : counts.findLastIndex((count) => count > 0) - first + 1;
    }),
  );

/** Records in a collector, and returns what its series holds. */
function recorded(values: readonly number[], shape: NativeShape, buckets?: number[]): NativeCounts {
  const collector = makeCollector();
  const { schema, maxBuckets, zeroThreshold } = shape;
  const histogram = collector.registerHistogram('h', '', {
    native: { schema, maxBuckets, zeroThreshold },
    ...(buckets && { buckets }),
  });
  for (const value of values) histogram.observe(value);
  const { cells, index } = histogram.single;
  return countsIn(cells, index, shape, buckets ? buckets.length + 1 : 0);
}

describe('what a thread counts in native buckets', () => {
  it('is exact at the schema that it has, and that is no lower than needed', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (values, maxBuckets) => {
          const shape = { ...SHAPE, maxBuckets };
          const counts = recorded(values, shape);
          expect(readable(counts)).toEqual(reference(values, shape, counts.schema));
          if (counts.schema > -4) expect(widest(counts)).toBeLessThanOrEqual(maxBuckets);
          if (counts.schema === SHAPE.schema) return;
          const finer = reference(values, shape, counts.schema + 1);
          expect(Math.max(spanOf(finer.positive), spanOf(finer.negative))).toBeGreaterThan(
            maxBuckets,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is counted in classic buckets, too, if there are any', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), (values) => {
        const bounds = [-1, 0, 1, 100];
        const counts = recorded(values, SHAPE, bounds);
        const expected = [...bounds, Infinity].map(
          (bound, i) =>
            values.filter((value) => value <= bound && (i === 0 || value > bounds[i - 1]!)).length,
        );
        expect(counts.classic).toEqual(expected);
        expect(readable(counts)).toEqual(reference(values, SHAPE, counts.schema));
      }),
      { numRuns: 200 },
    );
  });
});

describe('what several blocks hold together', () => {
  it('is the same as if one thread had observed all, at the schema that it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(observation, { maxLength: 30 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        (threads, maxBuckets) => {
          const shape = { ...SHAPE, maxBuckets };
          const each = threads.map((values) => recorded(values, shape));
          const all = each.reduce((sum, one) => addCounts(sum, one, shape), noCounts(shape, 0));
          expect(readable(all)).toEqual(reference(threads.flat(), shape, all.schema));
          if (all.schema > -4) expect(widest(all)).toBeLessThanOrEqual(maxBuckets);
          // Buckets that threads have to spare do not lower it.
          if (all.schema === Math.min(SHAPE.schema, ...each.map(({ schema }) => schema))) return;
          const finer = reference(threads.flat(), shape, all.schema + 1);
          expect(Math.max(spanOf(finer.positive), spanOf(finer.negative))).toBeGreaterThan(
            maxBuckets,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order in which they are added', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 30 }),
        fc.array(observation, { maxLength: 30 }),
        (a, b) => {
          const [one, two] = [recorded(a, SHAPE), recorded(b, SHAPE)];
          expect(readable(addCounts(one, two, SHAPE))).toEqual(
            readable(addCounts(two, one, SHAPE)),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('can be taken apart again', () => {
    fc.assert(
      fc.property(
        fc.array(observation, { maxLength: 30 }),
        fc.array(observation, { maxLength: 30 }),
        (before, since) => {
          const then = recorded(before, SHAPE);
          const now = recorded([...before, ...since], SHAPE);
          const left = countsSince(now, then)!;
          expect(readable(left)).toEqual(reference(since, SHAPE, left.schema));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('cannot be taken apart if the series was reset in between', () => {
    const then = recorded([1, 2, 3], SHAPE);
    expect(countsSince(recorded([1], SHAPE), then)).toBeUndefined();
  });

  it('is no long list, however far apart the buckets are that threads claim', () => {
    const far = (offset: number): NativeCounts => ({
      ...noCounts({ ...SHAPE, schema: 8 }, 0),
      positive: { offset, counts: [1] },
    });
    const sum = addCounts(far(-270_000), far(262_144), { ...SHAPE, schema: 8 });
    expect(sum.schema).toBe(-4);
    expect(sum.positive.counts.length).toBeLessThan(140);
  });
});

describe('a block', () => {
  const block = () => blockWith(recorded([1, 2, -3, 0, Infinity], SHAPE));

  it('is read back as it was written', () => {
    const counts = recorded([1, 2, -3, 0, Infinity], SHAPE);
    expect(countsIn(block(), 0, SHAPE, 0)).toEqual(counts);
    expect(isNativeBlock(block(), SHAPE, 0)).toBe(true);
  });

  it('may hold what was observed before there were buckets', () => {
    expect(isNativeBlock([0, 0, 7, 0, 0, 0, 0, 0, 1, 0], SHAPE, 0)).toBe(true);
  });

  it('is refused if no thread of ours could have written it', () => {
    const cells = block().length;
    const hostile = [NaN, Infinity, -Infinity, -1, 0.5, 1e9, 2 ** 31, 2 ** 53];
    for (let cell = NATIVE_SIZE; cell < cells; cell++) {
      for (const value of hostile) {
        const changed = block();
        changed[cell] = value;
        // Counts may be any whole number of 0 or more, and so may offsets that are not too large.
        if (!isNativeBlock(changed, SHAPE, 0)) continue;
        const read = countsIn(changed, 0, SHAPE, 0);
        expect(read.positive.counts.length + read.negative.counts.length).toBeLessThan(cells);
        expect(addCounts(read, read, SHAPE).positive.counts.length).toBeLessThan(1000);
      }
    }
    const count = block();
    count[cells - 1] = 0.5;
    expect(isNativeBlock(count, SHAPE, 0)).toBe(false);
    const long = { offset: 0, counts: new Array<number>(133).fill(1) };
    expect(isNativeBlock(blockWith({ ...noCounts(SHAPE, 0), positive: long }), SHAPE, 0)).toBe(
      false,
    );
    const far = { offset: 10_000, counts: [1] };
    const widest = { ...noCounts(SHAPE, 0), schema: -4, positive: far };
    expect(isNativeBlock(blockWith(widest), SHAPE, 0)).toBe(false);
    expect(isNativeBlock(block().slice(0, -1), SHAPE, 0)).toBe(false);
    expect(isNativeBlock([...block(), 0], SHAPE, 0)).toBe(false);
    expect(isNativeBlock([], SHAPE, 0)).toBe(false);
    const fine = blockWith(recorded([1], SHAPE));
    expect(isNativeBlock(fine, SHAPE, 0)).toBe(true);
    expect(isNativeBlock(fine, { ...SHAPE, schema: 4 }, 0)).toBe(false);
  });
});
