/** Tests the statistics of `describe()` and the like against exact computations. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changePoints } from '../../src/analytics/change-points.ts';
import { contributions } from '../../src/analytics/contribution.ts';
import { correlation, laggedCorrelation } from '../../src/analytics/correlation.ts';
import {
  distributionDistance,
  UsualDistribution,
} from '../../src/analytics/distribution-distance.ts';
import { evenlySpaced } from '../../src/analytics/even-spacing.ts';
import { Moments } from '../../src/analytics/moments.ts';
import { quantileOf } from '../../src/analytics/quantiles.ts';
import { seasonality, withoutSeason } from '../../src/analytics/seasonality.ts';
import { theilSen } from '../../src/analytics/trend.ts';
import { randomOf } from './random.ts';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const numbers = fc.array(number, { minLength: 1, maxLength: 60 });
const exactMean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const noise = (seed: number) => randomOf(seed).uniform;
const seconds = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('moments', () => {
  it('are those of all values at once', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const moments = new Moments();
        for (const value of values) moments.add(value);
        const mean = exactMean(values);
        const variance = exactMean(values.map((value) => (value - mean) ** 2));
        expect(moments.count).toBe(values.length);
        expect(moments.mean).toBeCloseTo(mean, 6);
        expect(Math.abs(moments.variance - variance)).toBeLessThanOrEqual(1e-9 * (1 + variance));
        expect([moments.min, moments.max]).toEqual([Math.min(...values), Math.max(...values)]);
      }),
    );
  });

  it('keep a small variance beside a large mean', () => {
    const moments = new Moments();
    for (const value of [1e9 + 1, 1e9 + 2, 1e9 + 3]) moments.add(value);
    expect(moments.variance).toBeCloseTo(2 / 3, 6);
  });

  it('are NaN without values', () => {
    const { count, mean, variance, min, max } = new Moments();
    expect([count, mean, variance, min, max]).toEqual([
      0,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

it('a quantile lies between the values of the nearest ranks', () => {
  fc.assert(
    fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
      const sorted = Float64Array.from(values).sort();
      const rank = q * (sorted.length - 1);
      const quantile = quantileOf(sorted, q);
      const slack = 1e-9 * Math.abs(quantile);
      expect(quantile).toBeGreaterThanOrEqual(sorted[Math.floor(rank)]! - slack);
      expect(quantile).toBeLessThanOrEqual(sorted[Math.ceil(rank)]! + slack);
    }),
  );
  expect(quantileOf([], 0.5)).toBeNaN();
  expect(quantileOf([1, 2, 3, Infinity, Infinity], 0.9)).toBe(Infinity);
});

describe('the trend', () => {
  it('is that of a straight line, whatever a fifth of the values is', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.array(number, { minLength: 20, maxLength: 20 }),
        (slope, wild) => {
          const values = seconds(100).map((i) => (i % 5 === 0 ? wild[i / 5]! : slope * i));
          expect(Math.abs(theilSen(seconds(100), values) - slope)).toBeLessThan(
            1e-6 + Math.abs(slope) * 0.02 + 3,
          );
        },
      ),
    );
    const values = seconds(5000).map((i) => 7 - 3 * i);
    expect(theilSen(seconds(5000), values)).toBeCloseTo(-3, 9);
  });

  it('is the median of all slopes', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 40 }), (values) => {
        const slopes = values
          .flatMap((value, i) => values.slice(0, i).map((other, j) => (value - other) / (i - j)))
          .sort((one, other) => one - other);
        expect(theilSen(seconds(values.length), values)).toBeCloseTo(quantileOf(slopes, 0.5), 6);
      }),
    );
    expect(theilSen([], [])).toBeNaN();
    expect(theilSen([1, 1], [1, 2])).toBeNaN();
  });
});

describe('a season', () => {
  it.each([10, 24, 60, 90])('of %i steps is found in noise and a trend', (period) => {
    const random = noise(period);
    const wave = (i: number) => 10 * Math.sin((2 * Math.PI * i) / period);
    const values = seconds(600).map((i) => wave(i) + 6 * random() + 0.01 * i);
    const found = seasonality(seconds(600), values);
    expect(found?.period).toBeGreaterThan(period * 0.95);
    expect(found?.period).toBeLessThan(period * 1.05);
    const flat = withoutSeason(seconds(600), values, period);
    const moments = new Moments();
    for (const value of flat) moments.add(value);
    expect(moments.variance).toBeLessThan(10);
  });

  it('is found at times with gaps', () => {
    const random = noise(5);
    const times = seconds(800).filter(() => random() > 0.2);
    const found = seasonality(
      times,
      times.map((time) => Math.sin((2 * Math.PI * time) / 40)),
    );
    expect(Math.round(found?.period ?? 0)).toBe(40);
  });

  it('is not found in noise, constants and steps', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = noise(seed);
      expect(seasonality(seconds(400), seconds(400).map(random))).toBeUndefined();
    }
    expect(
      seasonality(
        seconds(400),
        seconds(400).map(() => 1),
      ),
    ).toBeUndefined();
    expect(
      seasonality(
        seconds(400),
        seconds(400).map((i) => (i < 200 ? 1 : 9)),
      ),
    ).toBeUndefined();
    expect(seasonality([], [])).toBeUndefined();
    expect(seasonality([1], [1])).toBeUndefined();
  });
});

describe('change points', () => {
  it('are where the level changes, within a few values', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = noise(seed);
      const at = 60 + 5 * seed;
      const values = seconds(300).map((i) => (i < at ? 10 : 14) + 2 * random());
      const found = changePoints(values);
      expect(found.map((one) => Math.abs(one.at - at) <= 3)).toEqual([true]);
      expect(found[0]!.before).toBeCloseTo(11, 0);
      expect(found[0]!.after).toBeCloseTo(15, 0);
    }
  });

  it('are none in noise and constants', () => {
    const wrong = seconds(100).filter((seed) => {
      const random = noise(seed + 1);
      return changePoints(seconds(300).map(random)).length > 0;
    });
    expect(wrong.length).toBeLessThanOrEqual(3);
    expect(changePoints(seconds(300).map(() => 5))).toEqual([]);
    expect(changePoints([])).toEqual([]);
    expect(changePoints([1e300, 1e300, -1e300])).toEqual([]);
  });
});

describe('correlation', () => {
  it('is the coefficient of Pearson', () => {
    const pairs = fc.array(fc.tuple(number, number), { minLength: 8, maxLength: 60 });
    fc.assert(
      fc.property(pairs, (all) => {
        const [x, y] = [all.map(([one]) => one), all.map(([, other]) => other)];
        const [mx, my] = [exactMean(x), exactMean(y)];
        const sum = (of: (i: number) => number) => exactMean(all.map((_, i) => of(i)));
        const spread = Math.sqrt(sum((i) => (x[i]! - mx) ** 2) * sum((i) => (y[i]! - my) ** 2));
        const { coefficient } = correlation(x, y);
        if (!(spread > 1e-3)) return;
        expect(coefficient).toBeCloseTo(sum((i) => (x[i]! - mx) * (y[i]! - my)) / spread, 6);
      }),
    );
  });

  it.each([0, 7, -12])('finds a lag of %i', (lag) => {
    const random = noise(3);
    const source = seconds(400).map(random);
    const even = (values: number[]) =>
      evenlySpaced(seconds(300), values, { begin: 0, end: 299, step: 1 });
    const one = even(source.slice(50, 350));
    const other = even(source.slice(50 - lag, 350 - lag).map((value) => 5 - 2 * value));
    const found = laggedCorrelation(one, other, 20);
    expect(found.lag).toBe(lag);
    expect(found.coefficient).toBeCloseTo(-1, 9);
  });

  it('is unknown for constants, and for too few pairs', () => {
    expect(correlation(seconds(20), new Array(20).fill(3)).coefficient).toBeNaN();
    expect(correlation([1, 2], [1, 2]).coefficient).toBeNaN();
  });
});

it('the shares of contributions add up to the whole for each label', () => {
  const value = fc.constantFrom('a', 'b', 'c');
  const shift = fc.record({
    labels: fc.record({ zone: value, path: value }),
    before: fc.integer({ min: 0, max: 1000 }),
    after: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(
    fc.property(fc.array(shift, { maxLength: 30 }), (shifts) => {
      const found = contributions(shifts);
      for (const label of new Set(found.map((one) => one.label))) {
        const shares = found.filter((one) => one.label === label).map(({ share }) => share);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      }
    }),
  );
  const [first] = contributions([
    { labels: { code: '200', app: 'x' }, before: 100, after: 101 },
    { labels: { code: '500', app: 'x' }, before: 1, after: 20 },
  ]);
  expect(first).toEqual({ label: 'code', value: '500', before: 1, after: 20, share: 0.95 });
});

describe('the distance of distributions', () => {
  const counts = fc.dictionary(
    fc.constantFrom('1', '2', '3', '9'),
    fc.integer({ min: 1, max: 500 }),
    {
      minKeys: 1,
    },
  );
  const cells = (of: Readonly<Record<string, number>>) =>
    new Map(Object.entries(of).map(([cell, count]) => [Number(cell), count]));

  it('is from 0 to 1, and 0 from itself', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const total = Object.values(one).reduce((sum, count) => sum + count, 0);
        const usual = new Map([...cells(one)].map(([cell, count]) => [cell, count / total]));
        const distance = distributionDistance(usual, cells(other));
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(distributionDistance(usual, cells(one))).toBe(0);
      }),
    );
    expect(distributionDistance(new Map([[1, 1]]), new Map([[2, 1e6]]))).toBeCloseTo(1, 3);
  });

  it('is unknown at first, and small for what is usual', () => {
    const random = noise(9);
    const usual = new UsualDistribution();
    const draw = (from: number) => {
      const drawn = new Map<number, number>();
      for (let i = 0; i < 50; i++) {
        const cell = from + Math.floor(4 * random());
        drawn.set(cell, (drawn.get(cell) ?? 0) + 1);
      }
      return drawn;
    };
    expect(seconds(20).map(() => usual.next(draw(0)))).toEqual(new Array(20).fill(undefined));
    for (let i = 0; i < 100; i++) expect(usual.next(draw(0))).toBeLessThan(0.35);
    expect(usual.next(draw(2))).toBeGreaterThan(0.5);
  });
});
