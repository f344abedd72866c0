import { describe, expect, it } from 'vitest';
import { isReset, withHint } from '../../../src/promql/histogram/counter-reset.ts';
import { histogramText } from '../../../src/promql/histogram/histogram-text.ts';
import { growth, lastGrowth } from '../../../src/promql/histogram/rate.ts';
import { collecting, h, silent } from './notation.ts';

function grown(texts: readonly string[], isCounter: boolean, startedAnew?: (i: number) => boolean) {
  const { note, notes } = collecting();
  const result = growth(texts.map(h), isCounter, note, startedAnew);
  return [result && histogramText(result), ...notes()];
}

function lastGrown(texts: readonly [string, string], isCounter: boolean, startedAnew?: boolean) {
  const { note, notes } = collecting();
  const result = lastGrowth(h(texts[0]), h(texts[1]), isCounter, note, startedAnew);
  return [result && histogramText(result), ...notes()];
}

describe('the growth over a window', () => {
  it('is the difference of the last and the first', () => {
    const window = [
      '{{count:1 buckets:[1]}}',
      '{{count:2 buckets:[1 1]}}',
      '{{count:4 buckets:[2 2]}}',
    ];
    const expected = '{{count:3 counter_reset_hint:gauge buckets:[1 2]}}';
    expect(grown(window, true)).toEqual([expected]);
  });

  it('adds up what was there before a reset', () => {
    const window = [
      '{{count:5 buckets:[5]}}',
      '{{count:7 buckets:[7]}}',
      '{{count:2 buckets:[2]}}',
    ];
    expect(grown(window, true)).toEqual(['{{count:4 counter_reset_hint:gauge buckets:[4]}}']);
  });

  it('begins anew where start times say so', () => {
    const window = [
      '{{count:1 buckets:[1]}}',
      '{{count:5 buckets:[5]}}',
      '{{count:6 buckets:[6]}}',
    ];
    const second = (i: number) => i === 2;
    expect(grown(window, true, second)).toEqual([
      '{{count:10 counter_reset_hint:gauge buckets:[10]}}',
    ]);
    const first = (i: number) => i === 1;
    expect(grown(window, true, first)).toEqual([
      '{{count:6 counter_reset_hint:gauge buckets:[6]}}',
    ]);
  });

  it('does not mind what kind of buckets there were before a reset at the start', () => {
    const window = [
      '{{schema:-53 count:9 custom_values:[5] buckets:[9]}}',
      '{{schema:1 count:1 buckets:[1]}}',
      '{{schema:1 count:3 buckets:[3]}}',
    ];
    expect(grown(window, true)).toEqual([
      '{{schema:1 count:3 counter_reset_hint:gauge buckets:[3]}}',
    ]);
    expect(grown([window[1]!, window[1]!, window[0]!], true)).toEqual([undefined, 'incompatible']);
  });

  it('has the lowest schema of all for counters, but only of the ends for gauges', () => {
    const window = [
      '{{schema:2 count:1 buckets:[1]}}',
      '{{schema:0}}',
      '{{schema:2 count:2 buckets:[2]}}',
    ];
    const gauges = window.map((text) => text.replace('{{', '{{counter_reset_hint:gauge '));
    const counters = window.map((text) => text.replace('{{', '{{counter_reset_hint:not_reset '));
    expect(grown(counters, true)).toEqual(['{{count:1 counter_reset_hint:gauge buckets:[1]}}']);
    expect(grown(gauges, false)).toEqual([
      '{{schema:2 count:1 counter_reset_hint:gauge buckets:[1]}}',
    ]);
  });

  it('tells of gauges among counters, and of counters among gauges', () => {
    const gauge = '{{counter_reset_hint:gauge}}';
    expect(grown(['{{}}', gauge, '{{}}'], true)[1]).toBe('not-counter');
    expect(grown([gauge, '{{}}', gauge], false)).toEqual([gauge]);
    expect(grown([gauge, '{{}}'], false)).toEqual([gauge, 'not-gauge']);
  });

  it('tells where custom bounds were reconciled, but not of hints that collide', () => {
    const window = [
      '{{schema:-53 count:3 custom_values:[1 2 3] buckets:[1 1 1] counter_reset_hint:not_reset}}',
      '{{schema:-53 count:6 custom_values:[1 3] buckets:[3 3] counter_reset_hint:not_reset}}',
      '{{schema:-53 count:2 custom_values:[1 3] buckets:[1 1] counter_reset_hint:reset}}',
    ];
    expect(grown(window, true)).toEqual([
      '{{schema:-53 count:5 custom_values:[1 3] counter_reset_hint:gauge buckets:[3 2]}}',
      'bounds:subtraction',
    ]);
  });
});

describe('the growth since the sample before', () => {
  it.each<[string, Parameters<typeof lastGrown>, readonly unknown[]]>([
    [
      'a counter',
      [['{{sum:1 count:1}}', '{{sum:5 count:3}}'], true],
      ['{{count:2 sum:4 counter_reset_hint:gauge}}'],
    ],
    ['a reset', [['{{count:5}}', '{{count:3}}'], true], ['{{count:3 counter_reset_hint:gauge}}']],
    [
      'a start time',
      [['{{count:3}}', '{{count:5}}'], true, true],
      ['{{count:5 counter_reset_hint:gauge}}'],
    ],
    [
      'a gauge as counter',
      [['{{count:3 counter_reset_hint:gauge}}', '{{count:5}}'], true],
      ['{{count:2 counter_reset_hint:gauge}}', 'not-counter'],
    ],
    [
      'a counter as gauge',
      [['{{count:5}}', '{{count:3}}'], false],
      ['{{count:-2 counter_reset_hint:gauge}}', 'not-gauge'],
    ],
    [
      'other buckets',
      [['{{schema:0 count:1}}', '{{schema:-53 count:2 custom_values:[1]}}'], false],
      [undefined, 'incompatible', 'not-gauge'],
    ],
  ])('%s', (_, given, expected) => {
    expect(lastGrown(...given)).toEqual(expected);
  });
});

describe('a reset', () => {
  it.each([
    ['{{count:2 buckets:[2]}}', '{{count:2 buckets:[2]}}', false],
    ['{{count:2 buckets:[2]}}', '{{count:3 buckets:[2]}}', true],
    ['{{count:2 buckets:[1 1]}}', '{{count:2 buckets:[2 0]}}', true],
    ['{{count:2 buckets:[2]}}', '{{count:2 buckets:[2 0]}}', false],
    ['{{count:2 sum:1}}', '{{count:2 sum:3}}', false],
    ['{{count:2 counter_reset_hint:reset}}', '{{count:1}}', true],
    ['{{count:1 counter_reset_hint:not_reset}}', '{{count:2}}', false],
    ['{{count:1 counter_reset_hint:gauge}}', '{{count:2}}', true],
    ['{{count:2 schema:1}}', '{{count:2}}', true],
    ['{{count:2 buckets:[0 2]}}', '{{schema:1 count:2 buckets:[0 1 1]}}', false],
    [
      '{{count:2 z_bucket:2 z_bucket_w:1}}',
      '{{count:2 z_bucket:1 z_bucket_w:0.5 buckets:[1]}}',
      false,
    ],
    [
      '{{count:2 z_bucket:2 z_bucket_w:0.7}}',
      '{{count:2 z_bucket:1 z_bucket_w:0.5 buckets:[1]}}',
      true,
    ],
    ['{{count:2 z_bucket:2 z_bucket_w:0.5}}', '{{count:2 z_bucket:2 z_bucket_w:1}}', true],
    ['{{schema:-53 custom_values:[1]}}', '{{}}', true],
    ['{{}}', '{{schema:-53 custom_values:[1]}}', true],
    [
      '{{schema:-53 count:3 custom_values:[1 3] buckets:[1 2]}}',
      '{{schema:-53 count:3 custom_values:[1 2 3] buckets:[1 1 1]}}',
      false,
    ],
    [
      '{{schema:-53 count:3 custom_values:[1 3] buckets:[0 3]}}',
      '{{schema:-53 count:3 custom_values:[1 2 3] buckets:[1 1 1]}}',
      true,
    ],
  ])('from %s before %s: %s', (current, previous, expected) => {
    expect(isReset(h(current), h(previous))).toBe(expected);
  });
});

it('an unchanged histogram is no reset, unless it says so', () => {
  const same = h('{{count:NaN buckets:[NaN]}}');
  expect(isReset(same, same)).toBe(false);
  const told = h('{{counter_reset_hint:reset}}');
  expect(isReset(told, told)).toBe(true);
});

describe('the hint that a store gives', () => {
  it.each([
    ['{{count:1}}', undefined, 'unknown'],
    ['{{count:2}}', '{{count:1}}', 'not_reset'],
    ['{{count:1}}', '{{count:2}}', 'unknown'],
    ['{{count:2 counter_reset_hint:reset}}', '{{count:1}}', 'unknown'],
    ['{{count:2 counter_reset_hint:not_reset}}', '{{count:3}}', 'unknown'],
    ['{{count:2 counter_reset_hint:gauge}}', '{{count:1}}', 'gauge'],
    ['{{count:2}}', '{{count:1 counter_reset_hint:gauge}}', 'unknown'],
    ['{{count:2}}', '{{schema:1 count:1}}', 'unknown'],
    ['{{count:2 z_bucket_w:1}}', '{{count:1}}', 'unknown'],
    [
      '{{schema:-53 count:2 custom_values:[1]}}',
      '{{schema:-53 count:1 custom_values:[2]}}',
      'unknown',
    ],
    [
      '{{schema:-53 count:2 custom_values:[1]}}',
      '{{schema:-53 count:1 custom_values:[1]}}',
      'not_reset',
    ],
  ])('%s after %s: %s', (current, previous, expected) => {
    const hinted = withHint(h(current), previous === undefined ? undefined : h(previous));
    expect(hinted.counterReset).toBe(expected);
    expect({ ...hinted, counterReset: 'unknown' }).toEqual({
      ...h(current),
      counterReset: 'unknown',
    });
  });

  it('is not given again', () => {
    const first = withHint(h('{{count:1}}'));
    const second = withHint(first, first);
    expect(second.counterReset).toBe('not_reset');
    expect(withHint(second, second)).toBe(second);
  });

  it('makes no difference to the growth', () => {
    const texts = [
      '{{count:3 buckets:[1 2]}}',
      '{{count:4 buckets:[2 2]}}',
      '{{count:1 buckets:[1]}}',
      '{{count:6 buckets:[6]}}',
    ];
    const plain = texts.map(h);
    const hinted = plain.map((histogram, i) => withHint(histogram, plain[i - 1]));
    expect(growth(hinted, true, silent)).toEqual(growth(plain, true, silent));
  });
});
