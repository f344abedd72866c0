/** What rounding loses of sums is added in the end. */
import { describe, expect, it } from 'vitest';
import { average, sum } from '../../../src/promql/histogram/aggregation.ts';
import { multiply } from '../../../src/promql/histogram/arithmetic.ts';
import type { FloatHistogram } from '../../../src/promql/histogram/float-histogram.ts';
import { histogramText } from '../../../src/promql/histogram/histogram-text.ts';
import { quantile } from '../../../src/promql/histogram/quantile.ts';
import { h, silent } from './notation.ts';

const total = (histograms: readonly FloatHistogram[], note = silent) =>
  histogramText(sum(histograms, note)!);
/** Each number of the sum is 2, but 0 without compensation. */
const big = (text: string) => [1, 1e16, 1, -1e16].map((factor) => multiply(h(text), factor));
const ignoring = () => {};

describe('what rounding has lost', () => {
  const ONE =
    '{{count:1 sum:1 z_bucket:1 z_bucket_w:1 offset:3 buckets:[1 1] n_offset:2 n_buckets:[1]}}';
  const TWO = ONE.replaceAll(/(count|sum|z_bucket):1/g, '$1:2')
    .replaceAll('[1', '[2')
    .replace('2 1', '2 2');

  it('is part of every number', () => {
    const gauge = TWO.replace(' offset', ' counter_reset_hint:gauge offset');
    expect(total(big(ONE))).toBe(gauge);
    const mean = average(big(ONE), silent)!;
    expect(histogramText(multiply(mean, 4))).toBe(gauge);
  });

  it('stays where buckets are merged on the way', () => {
    const fine = '{{schema:1 count:1 offset:1 buckets:[0 1]}}';
    const [a, b, c, d] = big(fine);
    const [, , , coarse] = big('{{count:1 offset:1 buckets:[1]}}');
    expect(total([a!, b!, c!, d!])).toBe(
      total([a!, b!, c!, coarse!])
        .replace('{{', '{{schema:1 ')
        .replace('offset:1 buckets:[2]', 'offset:2 buckets:[2]'),
    );
  });

  it.each([
    ['the same buckets', '{{offset:1 buckets:[-1e16]}}', '{{offset:1 buckets:[1]}}'],
    ['others', '{{offset:1 buckets:[-1e16 1]}}', '{{offset:1 buckets:[1 1]}}'],
  ])('is added if it was lost while buckets were merged: %s', (_, first, expected) => {
    expect(total([h(first), h('{{schema:1 offset:1 buckets:[1e16 1]}}')])).toBe(expected);
  });

  it('goes into the zero bucket with the buckets', () => {
    const [a, b, c, d] = big('{{count:1 buckets:[1]}}');
    const wide = h('{{count:0 z_bucket_w:2}}');
    const narrow = multiply(h('{{count:1 z_bucket:1 z_bucket_w:2}}'), -1e16);
    expect(total([a!, b!, c!, wide, d!])).toBe(
      '{{count:2 z_bucket:2 z_bucket_w:2 counter_reset_hint:gauge}}',
    );
    expect(total([a!, b!, c!, narrow])).toBe(
      '{{count:2 z_bucket:2 z_bucket_w:2 counter_reset_hint:gauge}}',
    );
  });

  it('stays where custom bounds are reconciled', () => {
    const [a, b, c] = big('{{schema:-53 count:1 custom_values:[1 2] buckets:[1]}}');
    const fewer = multiply(h('{{schema:-53 count:1 custom_values:[2] buckets:[1]}}'), -1e16);
    expect(total([a!, b!, c!, fewer], ignoring)).toBe(
      '{{schema:-53 count:2 custom_values:[2] counter_reset_hint:gauge buckets:[2]}}',
    );
  });

  it('is nothing once a number is infinite', () => {
    const [huge] = [multiply(h('{{count:1 buckets:[1]}}'), 1e308)];
    expect(total([huge!, huge!, huge!])).toBe('{{count:+Inf buckets:[+Inf]}}');
    expect(histogramText(average([huge!, huge!, huge!], silent)!)).toMatch(
      /^\{\{count:(1e\+308|9\.9+e\+307) /,
    );
  });
});

describe('a histogram with fewer observations than its buckets have', () => {
  it('has quantiles in its buckets', () => {
    const histogram = h('{{count:3 buckets:[2 2]}}');
    for (const q of [0, 0.25, 0.49, 0.5, 0.75, 1]) {
      const value = quantile(q, histogram, silent);
      expect(value).toBeGreaterThanOrEqual(0.5);
      expect(value).toBeLessThanOrEqual(2);
    }
    // As Prometheus has it: no more observations are counted than there are.
    expect(quantile(0, h('{{count:1 buckets:[2]}}'), silent)).toBeCloseTo(Math.SQRT1_2, 9);
  });
});
