/** Tests that numbers which were packed are what they were, bit by bit, and take less memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePast, matcher, type Past, random } from './past.ts';

/** As many as a block of the history takes, and some more, so that the block is packed. */
const PACKED = 64;
const RUNS = PACKED + 20;
const BEGIN = 1_700_000_000;

const bits = new DataView(new ArrayBuffer(8));
function offset(value: number, by: bigint): number {
  bits.setFloat64(0, value);
  bits.setBigUint64(0, BigInt.asUintN(64, bits.getBigUint64(0) + by));
  return bits.getFloat64(0);
}

const any = fc.double();
/** Floats whose bits, as whole numbers, lie so far apart: at the bounds of each form, too. */
const neighbours = fc
  .tuple(any, fc.constantFrom(33n, 40n, 41n, 48n, 49n, 56n, 57n, 63n))
  .chain(([base, width]) =>
    fc.bigInt({ min: 0n, max: (1n << width) - 1n }).map((by) => offset(base, by)),
  );
const decimals = fc
  .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom(1, 10, 1e3, 1e6, 1e7))
  .map(([whole, unit]) => whole / unit);
const near = (all: fc.Arbitrary<number>) => fc.array(all, { minLength: 2, maxLength: 5 });
const columns = fc.array(
  fc.oneof(
    near(any),
    near(decimals),
    near(neighbours),
    fc
      .tuple(any, fc.constantFrom(40n, 48n, 56n), fc.array(fc.constantFrom(-1n, 0n, 1n)))
      .map(([base, width, nudges]) => [
        base,
        ...nudges.map((nudge) => offset(base, (1n << width) + nudge)),
      ]),
  ),
  { minLength: 1, maxLength: 8 },
);

/** Lets the history see each column as a series, whose values it repeats in some order. */
function feed(past: Past, name: string, given: readonly (readonly number[])[]): number[][] {
  const next = random(given.length);
  const rows = given.map((values) =>
    Array.from({ length: RUNS }, () => values[Math.floor(next() * values.length)]!),
  );
  const family = {
    ...{ name, description: '', unit: '', type: 'gauge', data: 'number' as const },
    ...{ labels: {}, labelNames: ['row'] },
    series: rows.map((_, row) => ({ labelNames: ['row'], labelValues: [String(row)] })),
  };
  for (let run = 0; run < RUNS; run++) {
    const values = Float64Array.from(rows, (row) => row[run]!);
    const families = [{ ...family, values }];
    past.sample({ families, timestamp: 0, eventsCount: 0, running: true } as never, BEGIN + run);
  }
  return rows;
}

describe('numbers that are packed', () => {
  it('are what they were', async () => {
    await fc.assert(
      fc.asyncProperty(columns, async (given) => {
        const past = await makePast();
        const rows = feed(past, 'x', given);
        for (const series of await past.part.source.select(
          [matcher('__name__', 'x')],
          0,
          Infinity,
        )) {
          const { values, begin, end } = series;
          expect([...values.subarray(begin, end)]).toEqual(rows[Number(series.labels.get('row'))]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take as many bytes as they need', async () => {
    const next = random(5);
    const taken = async (change: (value: number) => number) => {
      const past = await makePast();
      const rows = Array.from({ length: 1000 }, () => {
        let value = 1e4;
        return Array.from({ length: PACKED }, () => (value = change(value)));
      });
      feed(past, 'x', rows);
      return (past.part.calls!.status as () => { bytes: number })().bytes;
    };
    const whole = await taken(() => next() - 0.5);
    const saved = async (change: (value: number) => number) =>
      Math.round((whole - (await taken(change))) / (1000 * PACKED));
    expect(await saved(() => 100 * next())).toBe(1);
    expect(await saved((sum) => sum + next() / 2)).toBe(2);
    expect(await saved((sum) => sum + next() / 1000)).toBe(3);
    expect(await saved((sum) => Math.round(1e6 * (sum + next())) / 1e6)).toBe(4);
  });
});
