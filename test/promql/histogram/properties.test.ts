/** Histograms are compared with what counting single observations gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { average, sum } from '../../../src/promql/histogram/aggregation.ts';
import {
  add,
  compact,
  divide,
  equal,
  multiply,
  subtract,
  toSchema,
} from '../../../src/promql/histogram/arithmetic.ts';
import { isReset } from '../../../src/promql/histogram/counter-reset.ts';
import type { FloatHistogram } from '../../../src/promql/histogram/float-histogram.ts';
import { fraction } from '../../../src/promql/histogram/fraction.ts';
import { histogramText } from '../../../src/promql/histogram/histogram-text.ts';
import { quantile } from '../../../src/promql/histogram/quantile.ts';
import { growth } from '../../../src/promql/histogram/rate.ts';
import { trim } from '../../../src/promql/histogram/trim.ts';
import { h, silent } from './notation.ts';
import { custom, exponential, type Layout, observed, values } from './observations.ts';

const ignoring = () => {};
const one = (histogram: FloatHistogram | undefined) => histogramText(histogram!);
const layout: fc.Arbitrary<Layout> = fc.oneof(exponential, custom);

/** The layout of what is added: the coarser one of both. */
function coarser(a: Layout, b: Layout): Layout {
  if ('customBounds' in a && 'customBounds' in b) {
    return { customBounds: a.customBounds.filter((bound) => b.customBounds.includes(bound)) };
  }
  if ('customBounds' in a || 'customBounds' in b) throw new Error('incompatible');
  return {
    schema: Math.min(a.schema, b.schema),
    zeroThreshold: Math.max(a.zeroThreshold, b.zeroThreshold),
  };
}
const layouts = fc.oneof(fc.tuple(exponential, exponential), fc.tuple(custom, custom));

describe('a sum of histograms', () => {
  it('is the histogram of all observations, counted with the coarser layout', () => {
    const property = fc.property(values, values, layouts, (a, b, [first, second]) => {
      const both = add(observed(a, first), observed(b, second), ignoring);
      expect(one(both)).toBe(one(observed([...a, ...b], coarser(first, second))));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('does not depend on the order', () => {
    const property = fc.property(values, values, layouts, (a, b, [first, second]) => {
      const [x, y] = [observed(a, first), observed(b, second)];
      expect(one(add(x, y, ignoring))).toBe(one(add(y, x, ignoring)));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is undone by a difference', () => {
    const property = fc.property(values, values, layout, (a, b, same) => {
      const [x, y] = [observed(a, same), observed(b, same)];
      const back = subtract(add(x, y, silent)!, y, silent);
      expect(one(back)).toBe(one(x));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('of many is the histogram of all their observations, and the average a part of it', () => {
    const property = fc.property(
      fc.array(values, { minLength: 1, maxLength: 6 }),
      layout,
      (all, same) => {
        const histograms = all.map((part) => observed(part, same));
        const total = observed(all.flat(), same);
        expect(one(sum(histograms, silent))).toBe(one(total));
        const mean = multiply(average(histograms, silent)!, all.length);
        expect(mean.count).toBeCloseTo(total.count, 9);
        expect(mean.sum).toBeCloseTo(total.sum, 9);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe('a lower schema', () => {
  it('is what the observations would have given', () => {
    const property = fc.property(values, exponential, fc.nat(8), (a, fine, steps) => {
      const schema = Math.max(fine.schema - steps, -4);
      const lowered = toSchema(observed(a, fine), schema);
      expect(one(lowered)).toBe(one(observed(a, { ...fine, schema })));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('a multiple', () => {
  it('is undone by a division', () => {
    const factor = fc.constantFrom(2, 4, 0.5, -2, 1024);
    const property = fc.property(values, layout, factor, (a, same, by) => {
      const histogram = observed(a, same);
      expect(equal(divide(multiply(histogram, by), by), histogram)).toBe(true);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

describe('a reset', () => {
  it('is not seen while observations are added, whatever buckets become coarser', () => {
    const property = fc.property(values, values, layouts, (a, b, [first, second]) => {
      const both = observed([...a, ...b], coarser(first, second));
      expect(isReset(both, observed(a, first))).toBe(false);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('is seen when an observation is gone', () => {
    const some = fc.tuple(values, values).filter(([a]) => a.length > 0);
    const property = fc.property(some, layout, ([a, b], same) => {
      expect(isReset(observed(b, same), observed([...b, ...a], same))).toBe(true);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('does not spoil the growth of a counter', () => {
    const windows = fc.array(values, { minLength: 2, maxLength: 8 });
    const property = fc.property(windows, fc.array(fc.boolean()), layout, (added, resets, same) => {
      // Each step adds observations, and may have lost all before.
      let current: number[] = [];
      const histograms = added.map((more, i) => {
        current = resets[i] ? more : [...current, ...more];
        const counterReset = resets[i] ? 'reset' : 'not_reset';
        return { ...observed(current, same), counterReset } as const;
      });
      const grown = growth(histograms, true, silent);
      const expected = { ...observed(added.slice(1).flat(), same), counterReset: 'gauge' } as const;
      expect(one(grown)).toBe(one(expected));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

const some = fc.tuple(
  values.filter((a) => a.length > 0),
  layout,
);

describe('a quantile', () => {
  it('lies in the bucket that the observation of its rank is in', () => {
    const property = fc.property(some, fc.double({ min: 0, max: 1, noNaN: true }), ([a, by], q) => {
      const histogram = observed(a, by);
      const rank = Math.min(Math.max(Math.ceil(q * a.length), 1), a.length);
      // Rounding may move a rank that is nearly whole.
      fc.pre(Math.abs(q * a.length - Math.round(q * a.length)) > 1e-9);
      const exact = [...a].sort((x, y) => x - y)[rank - 1]!;
      const estimate = quantile(q, histogram, silent);
      if ('customBounds' in by) {
        const upper = by.customBounds.find((bound) => exact <= bound) ?? by.customBounds.at(-1);
        const lower = by.customBounds.filter((bound) => bound < exact).at(-1) ?? -Infinity;
        if (upper === undefined) return;
        expect(estimate).toBeLessThanOrEqual(upper);
        expect(estimate).toBeGreaterThanOrEqual(Math.min(lower, upper));
      } else if (Math.abs(exact) <= by.zeroThreshold) {
        expect(Math.abs(estimate)).toBeLessThanOrEqual(by.zeroThreshold);
      } else {
        const width = 2 ** (2 ** -by.schema);
        expect(Math.sign(estimate)).toBe(Math.sign(exact));
        expect(Math.abs(estimate / exact)).toBeLessThanOrEqual(width * 1.000001);
        expect(Math.abs(exact / estimate)).toBeLessThanOrEqual(width * 1.000001);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('is where that fraction of the observations ends', () => {
    const dense = fc.tuple(
      fc.array(
        fc.integer({ min: 1, max: 900 }).map((n) => n / 10),
        { minLength: 5, maxLength: 40 },
      ),
      fc.constantFrom<Layout>(
        { schema: 0, zeroThreshold: 0 },
        { schema: 3, zeroThreshold: 0.5 },
        { customBounds: [1, 5, 20, 60, 90] },
      ),
    );
    const property = fc.property(
      dense,
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      ([a, by], q) => {
        const histogram = observed(a, by);
        const estimate = quantile(q, histogram, silent);
        expect(fraction(-Infinity, estimate, histogram, silent)).toBeCloseTo(q, 6);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe('trimming', () => {
  it('at a bound keeps what was observed on that side', () => {
    const bound = fc.constantFrom(1, 2, 4, 8, -2, -8);
    const property = fc.property(values, fc.integer({ min: 0, max: 8 }), bound, (a, schema, at) => {
      const by = { schema, zeroThreshold: 1 };
      const below = trim(observed(a, by), '</', at);
      const above = trim(observed(a, by), '>/', at);
      expect(below.count + above.count).toBe(a.length);
      // Positive buckets have their upper bound, negative ones their lower one.
      const isBelow = (value: number) =>
        Math.abs(value) <= 1 ? at > 0 : at > 0 ? value <= at : value < at;
      expect(below.count).toBe(a.filter(isBelow).length);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('the text of a histogram', () => {
  it('is read as the same histogram', () => {
    const property = fc.property(values, layout, (a, by) => {
      const histogram = observed(a, by);
      const { customBounds, ...rest } = compact(h(one(histogram)));
      expect({ ...rest, customBounds: customBounds ?? [] }).toEqual({
        ...histogram,
        customBounds: histogram.customBounds ?? [],
      });
    });
    fc.assert(property, { numRuns: 300 });
  });
});
