import { describe, expect, it } from 'vitest';
import { add, compact, equal } from '../../../src/promql/histogram/arithmetic.ts';
import { upperBound } from '../../../src/promql/histogram/bounds.ts';
import { histogramJson } from '../../../src/promql/histogram/buckets-json.ts';
import { classicQuantile } from '../../../src/promql/histogram/classic.ts';
import { CUSTOM_BOUNDS } from '../../../src/promql/histogram/float-histogram.ts';
import { fraction } from '../../../src/promql/histogram/fraction.ts';
import { histogramText } from '../../../src/promql/histogram/histogram-text.ts';
import { operate } from '../../../src/promql/histogram/operator.ts';
import { quantile } from '../../../src/promql/histogram/quantile.ts';
import { numberText, shortNumberText } from '../../../src/promql/number-text.ts';
import { collecting, h, silent } from './notation.ts';

describe('the bounds of buckets', () => {
  it('give infinite observations a bucket of their own', () => {
    expect(upperBound(0, 0)).toBe(1);
    expect(upperBound(-1, 0)).toBe(0.5);
    expect([1023, 1024, 1025].map((index) => upperBound(index, 0))).toEqual([
      2 ** 1023,
      Number.MAX_VALUE,
      Infinity,
    ]);
    expect([64, 65].map((index) => upperBound(index, -4))).toEqual([Number.MAX_VALUE, Infinity]);
    expect(upperBound(2 ** 18, 8)).toBe(Number.MAX_VALUE);
    expect(upperBound(2 ** 18 + 1, 8)).toBe(Infinity);
    expect(upperBound(-1074, 0)).toBe(Number.MIN_VALUE);
  });

  it('are those given, and infinity on both sides', () => {
    const bounds = [-1, 0.1, 3].map((_, i, all) => upperBound(i, CUSTOM_BOUNDS, all));
    expect(bounds).toEqual([-1, 0.1, 3]);
    expect(upperBound(3, CUSTOM_BOUNDS, [-1, 0.1, 3])).toBe(Infinity);
    expect(upperBound(-1, CUSTOM_BOUNDS, [-1, 0.1, 3])).toBe(-Infinity);
  });
});

describe('operators', () => {
  const result = (
    op: Parameters<typeof operate>[0],
    left: string | number,
    right: string | number,
  ) => {
    const { note, notes } = collecting();
    const side = (given: string | number) => (typeof given === 'string' ? h(given) : given);
    const histogram = operate(op, side(left), side(right), note);
    return [histogram && histogramText(histogram), ...notes()];
  };
  const TWO = '{{count:2 sum:3 buckets:[1 1]}}';

  it.each<[Parameters<typeof result>, readonly unknown[]]>([
    [['+', TWO, TWO], ['{{count:4 sum:6 buckets:[2 2]}}']],
    [['+', TWO, '{{count:-1 buckets:[-1]}}'], ['{{count:1 sum:3 offset:1 buckets:[1]}}']],
    [['-', TWO, TWO], ['{{counter_reset_hint:gauge}}']],
    [['*', TWO, 2], ['{{count:4 sum:6 buckets:[2 2]}}']],
    [['*', -1, TWO], ['{{count:-2 sum:-3 counter_reset_hint:gauge buckets:[-1 -1]}}']],
    [['*', TWO, 0], ['{{}}']],
    [['/', TWO, 2], ['{{count:1 sum:1.5 buckets:[0.5 0.5]}}']],
    [['/', TWO, 0], ['{{count:+Inf sum:+Inf z_bucket:NaN}}']],
    [['</', TWO, 1], ['{{count:1 sum:0.7071067811865476 buckets:[1]}}']],
    [['>/', TWO, 2], ['{{}}']],
    [['</', TWO, 2], [TWO]],
    [['==', TWO, TWO], [TWO]],
    [['==', TWO, '{{count:2 sum:3 buckets:[1 1 0]}}'], [undefined]],
    [['==', TWO, '{{count:2 sum:3 buckets:[1 1] counter_reset_hint:gauge}}'], [TWO]],
    [['!=', TWO, TWO], [undefined]],
    [['!=', TWO, '{{}}'], [TWO]],
    [
      ['/', 2, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['+', TWO, 2],
      [undefined, 'incompatible-types'],
    ],
    [
      ['==', 2, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['*', TWO, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['>', TWO, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['</', TWO, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['</', 2, TWO],
      [undefined, 'incompatible-types'],
    ],
    [
      ['+', TWO, '{{schema:-53 custom_values:[1]}}'],
      [undefined, 'incompatible'],
    ],
    [
      ['+', '{{counter_reset_hint:reset}}', '{{counter_reset_hint:not_reset}}'],
      ['{{}}', 'collision:addition'],
    ],
    [
      ['-', '{{counter_reset_hint:reset}}', '{{counter_reset_hint:not_reset}}'],
      ['{{counter_reset_hint:gauge}}', 'collision:subtraction'],
    ],
    [
      [
        '+',
        '{{schema:-53 count:6 custom_values:[1 2] buckets:[1 2 3]}}',
        '{{schema:-53 count:3 custom_values:[2 4] buckets:[1 1 1]}}',
      ],
      ['{{schema:-53 count:9 custom_values:[2] buckets:[4 5]}}', 'bounds:addition'],
    ],
  ])('%j', (given, expected) => {
    expect(result(...given)).toEqual(expected);
  });
});

describe('the zero bucket of a sum', () => {
  it.each([
    // The wider one takes in what lies within.
    [
      '{{count:3 z_bucket:1 z_bucket_w:1 offset:1 buckets:[2]}}',
      '{{count:4 z_bucket:1 z_bucket_w:0.25 offset:-1 buckets:[1 1 1]}}',
      '{{count:7 z_bucket:4 z_bucket_w:1 offset:1 buckets:[3]}}',
    ],
    // A bucket that it would cut through makes it still wider, on either side.
    [
      '{{count:1 z_bucket:1 z_bucket_w:3}}',
      '{{count:2 offset:2 buckets:[1 1]}}',
      '{{count:3 z_bucket:2 z_bucket_w:4 offset:3 buckets:[1]}}',
    ],
    [
      '{{count:1 z_bucket:1 z_bucket_w:3}}',
      '{{count:4 offset:2 buckets:[1] n_offset:2 n_buckets:[1 1 1]}}',
      '{{count:5 z_bucket:3 z_bucket_w:4 n_offset:3 n_buckets:[1 1]}}',
    ],
    // Unless it is empty.
    [
      '{{count:1 z_bucket:1 z_bucket_w:3}}',
      '{{count:1 offset:2 buckets:[0 1]}}',
      '{{count:2 z_bucket:1 z_bucket_w:3 offset:3 buckets:[1]}}',
    ],
  ])('of %s and %s', (one, other, expected) => {
    for (const both of [
      [one, other],
      [other, one],
    ]) {
      const total = add(h(both[0]!), h(both[1]!), silent)!;
      expect(histogramText(total)).toBe(expected);
    }
  });
});

describe('observations that are NaN', () => {
  const ask = (q: number, text: string) => {
    const { note, notes } = collecting();
    return [quantile(q, h(text), note), ...notes()];
  };
  const SOME = '{{count:15 sum:NaN buckets:[12]}}';

  it('raise quantiles, or are what they fall on', () => {
    expect(ask(1, '{{count:3 sum:NaN}}')).toEqual([NaN, 'quantile-nan']);
    expect(ask(0.81, SOME)).toEqual([NaN, 'quantile-nan']);
    expect(ask(0.8, SOME)).toEqual([1, 'quantile-skewed']);
    expect(ask(0.4, SOME)).toEqual([expect.closeTo(Math.SQRT1_2, 12), 'quantile-skewed']);
  });

  it('leave the quantile in its bucket, where others follow', () => {
    expect(ask(0.1, '{{count:20 sum:NaN buckets:[4 4 4 4]}}')).toEqual([
      expect.closeTo(Math.SQRT1_2, 12),
      'quantile-skewed',
    ]);
  });

  it('are no matter where infinities have made the sum NaN', () => {
    expect(ask(0.25, '{{count:8 sum:NaN buckets:[4 4]}}')).toEqual([
      expect.closeTo(Math.SQRT1_2, 12),
    ]);
  });

  it('are in no fraction', () => {
    const { note, notes } = collecting();
    expect(fraction(-Infinity, Infinity, h(SOME), note)).toBe(0.8);
    expect(notes()).toEqual(['fraction-nan']);
  });
});

describe('quantiles', () => {
  it('are those of the zero bucket on the side where there are observations', () => {
    const above = '{{count:12 z_bucket:2 z_bucket_w:0.001 buckets:[2 3 0 1 4]}}';
    expect(quantile(0.1, h(above), silent)).toBeCloseTo(0.0006, 12);
    const below = above.replace('buckets', 'n_buckets');
    expect(quantile(0.9, h(below), silent)).toBeCloseTo(-0.0006, 12);
  });

  it('do not need any bucket', () => {
    expect(quantile(0.5, h('{{count:1}}'), silent)).toBe(0);
    expect(quantile(0.5, h('{{}}'), silent)).toBeNaN();
  });

  it('of classic buckets tell where counts had to be raised, but not for what rounding does', () => {
    const told: unknown[] = [];
    const buckets = [10, 8, 12 - 1e-12, 12, 11].map((count, i) => {
      return { upper: [1, 2, 3, 4, Infinity][i]!, count };
    });
    expect(classicQuantile(0.5, [...buckets].reverse(), (forced) => told.push(forced))).toBeCloseTo(
      0.6,
      9,
    );
    expect(told).toEqual([{ minBucket: 2, maxBucket: Infinity, maxDiff: 2 }]);
    expect(buckets[1]!.count).toBe(8);
    const nearly = [10, 10 - 1e-11, 10 + 1e-11].map((count, i) => {
      return { upper: [1, 2, Infinity][i]!, count };
    });
    expect(classicQuantile(1, nearly, silent as never)).toBe(1);
  });
});

describe('compacting', () => {
  it('leaves out empty buckets only', () => {
    const histogram = h('{{buckets:[0 1 0 2 0] n_buckets:[0 0]}}');
    expect(compact(histogram)).toMatchObject({
      positive: { indices: [1, 3], counts: [1, 2] },
      negative: { indices: [], counts: [] },
    });
    expect(equal(compact(histogram), histogram)).toBe(false);
    const full = h('{{buckets:[1 2]}}');
    expect(compact(full)).toBe(full);
  });
});

describe("a histogram in Prometheus' HTTP API", () => {
  it('says which bounds belong to a bucket', () => {
    const text =
      '{{count:9 sum:-1.5 z_bucket:1 z_bucket_w:0.25 offset:-1 buckets:[2 1] n_offset:1 n_buckets:[4 1]}}';
    expect(histogramJson(h(text))).toEqual({
      count: '9',
      sum: '-1.5',
      buckets: [
        [1, '-4', '-2', '1'],
        [1, '-2', '-1', '4'],
        [3, '-0.25', '0.25', '1'],
        [0, '0.25', '0.5', '2'],
        [0, '0.5', '1', '1'],
      ],
    });
    const custom = '{{schema:-53 count:3 custom_values:[1e-9 5] buckets:[1 1 1]}}';
    expect(histogramJson(h(custom)).buckets).toEqual([
      [3, '-Inf', '1e-09', '1'],
      [0, '1e-09', '5', '1'],
      [0, '5', '+Inf', '1'],
    ]);
    expect(histogramJson(h('{{buckets:[0]}}'))).toEqual({ count: '0', sum: '0' });
  });
});

describe('numbers as texts', () => {
  it.each([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1e6, '1000000', '1e+06'],
    [123456, '123456', '123456'],
    [-1234567.5, '-1234567.5', '-1.2345675e+06'],
    [0.0001, '0.0001', '0.0001'],
    [0.00001, '0.00001', '1e-05'],
    [1e-7, '1e-07', '1e-07'],
    [1e20, '100000000000000000000', '1e+20'],
    [1e21, '1e+21', '1e+21'],
    [5e-324, '5e-324', '5e-324'],
    [NaN, 'NaN', 'NaN'],
    [Infinity, '+Inf', '+Inf'],
    [-Infinity, '-Inf', '-Inf'],
  ])('%d', (value, inApi, inMessages) => {
    expect(numberText(value)).toBe(inApi);
    expect(shortNumberText(value)).toBe(inMessages);
  });
});
