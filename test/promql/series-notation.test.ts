import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { histogramText } from '../../src/promql/histogram/histogram-text.ts';
import { QueryError } from '../../src/promql/query-error.ts';
import { parseSeries, type WrittenSample } from '../../src/promql/series-notation.ts';

const shown = (sample: WrittenSample) =>
  typeof sample === 'object' ? histogramText(sample.histogram) : sample;
const samples = (values: string) => parseSeries(`x ${values}`).samples.map(shown);
const labels = (metric: string) => parseSeries(`${metric} 1`).labels.toObject();

function failure(text: string): QueryError {
  try {
    parseSeries(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('the metric of a series', () => {
  it.each([
    ['x', { __name__: 'x' }],
    ['a:b', { __name__: 'a:b' }],
    ['sum', { __name__: 'sum' }],
    ['{}', {}],
    ['x{}', { __name__: 'x' }],
    [`x{b="1",a='2',}`, { __name__: 'x', a: '2', b: '1' }],
    ['{__name__="x",a=`\\n`}', { __name__: 'x', a: '\\n' }],
    ['{"a.b", "c.d"="e\\n\\"ü"}', { __name__: 'a.b', 'c.d': 'e\n"ü' }],
    ['x{a="",b="} {{"}', { __name__: 'x', b: '} {{' }],
    [
      'x{__proto__="p"}',
      Object.fromEntries([
        ['__name__', 'x'],
        ['__proto__', 'p'],
      ]),
    ],
  ])('%s', (metric, expected) => {
    expect(Object.entries(labels(metric)).sort()).toEqual(Object.entries(expected).sort());
  });
});

describe('the values of a series', () => {
  it.each<[string, readonly (number | string | undefined)[]]>([
    ['', []],
    ['1', [1]],
    ['  1   2\t3  ', [1, 2, 3]],
    ['-1 +1 1. .5 1e3 1e-3 1E+2', [-1, 1, 1, 0.5, 1000, 0.001, 100]],
    ['NaN nan Inf +Inf -inf', [NaN, NaN, Infinity, Infinity, -Infinity]],
    ['1_000 017 0', [1000, 15, 0]],
    ['_ 1 _x2 2 _x0', [undefined, 1, undefined, undefined, 2]],
    ['3x2', [3, 3, 3]],
    ['0x2', [0, 0, 0]],
    ['1+2x3', [1, 3, 5, 7]],
    ['-1-2x2', [-1, -3, -5]],
    ['1e2-1e1x1', [100, 90]],
    ['0+0.1x3', [0, 0.1, 0.2, 0.1 + 0.1 + 0.1]],
    ['Inf-Infx1', [Infinity, NaN]],
    ['1 stale stalex1 2', [1, 'stale', 'stale', 'stale', 2]],
    ['{{}}', ['{{}}']],
    ['{{count:1}} 5 {{ count:2 }}', ['{{count:1}}', 5, '{{count:2}}']],
    ['{{count:1}}x1', ['{{count:1}}', '{{count:1}}']],
    [
      '{{count:1 buckets:[1]}}+{{count:3 buckets:[1 2]}}x2',
      ['{{count:1 buckets:[1]}}', '{{count:4 buckets:[2 2]}}', '{{count:7 buckets:[3 4]}}'],
    ],
    ['{{sum:9}}-{{sum:2}}x1', ['{{sum:9}}', '{{sum:7}}']],
  ])('%s', (values, expected) => {
    expect(samples(values)).toEqual(expected);
  });

  it('says whether a hint was written, for increments that of the increment', () => {
    const { samples } = parseSeries(
      'x {{}} {{counter_reset_hint:unknown}} {{}}+{{counter_reset_hint:gauge}}x1 {{counter_reset_hint:reset}}+{{}}x1',
    );
    expect(samples.map((sample) => typeof sample === 'object' && sample.hasHint)).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(shown(samples[3])).toBe('{{counter_reset_hint:gauge}}');
  });
});

describe('an error', () => {
  it.each([
    ['', 'unexpected end of input in series, expected name of a metric or "{"', undefined],
    ['5 1', 'unexpected number "5" in series, expected name of a metric or "{"', 1],
    ['x{a=b} 1', 'unexpected identifier "b" in label set, expected string', 5],
    ['x{a} 1', 'unexpected "}" in label set, expected "="', 4],
    ['x{a="b" b="c"} 1', 'unexpected identifier "b" in label set, expected "," or "}"', 9],
    ['x{a="\\q"} 1', "unknown escape sequence U+0071 'q'", 5],
    ['x{}1', 'a space must stand before "1"', 4],
    ['x 1 2y', /^a value must be a number, "stale", .* got "2y"$/, 5],
    ['x 1+2', /got "1\+2"$/, 3],
    ['x 1x2x3', /got "1x2x3"$/, 3],
    ['x {{count:1', /got "\{\{count:1"$/, 3],
    ['x {{count:1}}+{{count:1}}', /got "\{\{count:1\}\}\+\{\{count:1\}\}"$/, 3],
    ['x 0 1x10000000', 'a series must have at most 10000000 samples', 5],
    ['x 1x1e9', /got "1x1e9"$/, 3],
    ['x {{count:1 foo:2}}', /^a histogram consists of schema, .*; got "foo:2"$/, 3],
    ['x {{count:1 count:2}}', '"count" is given twice in a histogram', 3],
    ['x {{count:many}}', /parsing "many": invalid syntax$/, 3],
    ['x {{count:0x1f}}', 'bad value in a histogram: "count:0x1f"', 3],
    ['x {{schema:1.5}}', 'bad value in a histogram: "schema:1.5"', 3],
    ['x {{schema:9}}', /^the schema of a histogram must be from -4 to 8/, 3],
    ['x {{counter_reset_hint:maybe}}', /^bad value in a histogram/, 3],
    ['x {{schema:-53 custom_values:[2 1]}}', /^custom bounds must be finite and ascending/, 3],
    ['x {{schema:-53 custom_values:[1] buckets:[1 2 3]}}', /from 0 to 1; got 0 1 2/, 3],
    ['x {{custom_values:[1]}}', /^a histogram of schema 0 must not have custom bounds/, 3],
    ['x {{z_bucket_w:-1}}', /^the zero threshold of a histogram must be/, 3],
    ['x {{z_bucket_w:NaN}}', /^the zero threshold of a histogram must be/, 3],
    ['x {{offset:999999999 buckets:[1]}}', /^the numbers of buckets must be whole/, 3],
    ['x {{schema:1}}+{{schema:0}}x1', /^a histogram of schema 0 cannot be added/, 3],
    ['x {{schema:-53}}+{{schema:0}}x1', /^a histogram of schema 0 cannot be added/, 3],
  ])('%s', (text, message, column) => {
    const error = failure(text);
    expect(error.message).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
    expect(error.position?.column).toBe(column);
    expect(error.kind).toBe('parse');
  });
});

describe('long texts that are no series', () => {
  const long = (text: string) => text.repeat(100_000);
  it.each([
    `x ${long('{{')}`,
    `x ${long('{{a')}`,
    `x {{${long(' ')}x`,
    `x {{${long(' ')}x}}`,
    `x {{buckets:[${long('1 ')}`,
    `x ${long('1')}y`,
    `x ${long('1_')}.y`,
    `x ${long('1+')}`,
    `x {{count:${long('1e')}}}`,
    `x{${long('a="b",')}`,
  ])('are refused: %.20s', (text) => {
    expect(failure(text).message.length).toBeLessThan(500_000);
  });
});

const suite = new URL('../../../shared/promql/suite/', import.meta.url);

describe.skipIf(!existsSync(suite))("Prometheus' own tests", () => {
  it('have series that can all be read', () => {
    const lines = readdirSync(suite)
      .filter((file) => file.endsWith('.test'))
      .flatMap((file) => readFileSync(new URL(file, suite), 'utf8').split('\n'))
      .map((line) => line.trim())
      .filter((line) => /^(?:\{|[a-z_]\w*[{ ])/i.test(line))
      .filter((line) => !/^(?:eval|load|clear|expect|Inf|NaN)/.test(line) && !line.includes('@st'));
    expect(lines.length).toBeGreaterThan(2500);
    for (const line of lines) {
      for (const sample of parseSeries(line).samples) {
        if (typeof sample !== 'object') continue;
        const text = histogramText(sample.histogram);
        const [again] = parseSeries(`x ${text}`).samples;
        expect(shown(again)).toBe(text);
      }
    }
  });
});
