/** Tests the Prometheus text of the later forms, and of names that only its version 1.0.0 can hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPrometheusText } from '../../src/formats/prometheus-text.ts';
import { checkMetrics } from '../backends/promtool.ts';
import { promtoolPath, requirePart } from '../parts.ts';
import { anySnapshot, LEGACY, ODD, rich, richSnapshot } from './any-family.ts';
import { parseText } from './text-parser.ts';

describe('the Prometheus text', () => {
  it('has summaries, and shows info and state sets as gauges', () => {
    const text = renderPrometheusText(
      richSnapshot(
        rich({
          name: 's_seconds',
          type: 'summary',
          data: 'quantiles',
          quantiles: [0.5, 1],
          numbers: [[-2, 3, -4, NaN]],
          labels: { l: 'x' },
          created: [5],
        }),
        rich({
          name: 'phase',
          type: 'stateset',
          data: 'states',
          states: ['idle', '"busy"'],
          numbers: [[0, 1]],
        }),
        rich({ name: 'build_info', type: 'info', labels: { version: '1' } }),
        rich({ name: 'other', type: 'custom' }),
      ),
    );
    expect(text).toBe(`# TYPE s_seconds summary
s_seconds{l="x",quantile="0.5"} -4
s_seconds{l="x",quantile="1"} NaN
s_seconds_sum{l="x"} -2
s_seconds_count{l="x"} 3
# TYPE phase gauge
phase{phase="idle"} 0
phase{phase="\\"busy\\""} 1
# TYPE build_info gauge
build_info{version="1"} 1
# TYPE other untyped
other 1
`);
  });

  const odd = richSnapshot(
    rich({
      name: 'my.metric',
      description: 'Mine',
      type: 'counter',
      labels: { 'a.b': 'x' },
      labelNames: ['c'],
      labelValues: [['y']],
    }),
    rich({
      name: 'h "\n',
      type: 'histogram',
      data: 'buckets',
      buckets: [1],
      numbers: [[0.5, 1, 0]],
    }),
    rich({ name: 'plain', labels: { 'a.b': 'x' } }),
    rich({ name: 'a:b', type: 'stateset', data: 'states', states: ['x'], numbers: [[1]] }),
  );

  it('quotes names that only the version 1.0.0 can hold', () => {
    expect(renderPrometheusText(odd, { escaping: 'allow-utf-8' })).toBe(`# HELP "my.metric" Mine
# TYPE "my.metric" counter
{"my.metric","a.b"="x",c="y"} 1
# TYPE "h \\"\\n" histogram
{"h \\"\\n_bucket",le="1"} 1
{"h \\"\\n_bucket",le="+Inf"} 1
{"h \\"\\n_sum"} 0.5
{"h \\"\\n_count"} 1
# TYPE plain gauge
plain{"a.b"="x"} 1
# TYPE a:b gauge
a:b{"a:b"="x"} 1
`);
  });

  it('escapes them by the scheme that was asked for, and by underscores unless one was', () => {
    const names = (escaping?: 'dots' | 'values') =>
      parseText(renderPrometheusText(odd, { escaping })).samples.map(
        ({ name, labels }) => `${name} ${Object.keys(labels)}`,
      );
    expect(names()).toEqual([
      'my_metric a_b,c',
      ...['h____bucket le', 'h____bucket le', 'h____sum ', 'h____count '],
      'plain a_b',
      'a:b a_b',
    ]);
    expect(names('dots')[0]).toBe('my_dot_metric a_dot_b,c');
    expect(names('values')[0]).toBe('U__my_2e_metric U__a_2e_b,c');
  });

  it('can be read, for any snapshot, and has no sample twice', () => {
    fc.assert(
      fc.property(anySnapshot(LEGACY), anySnapshot(ODD), (legacy, any) => {
        for (const { families } of [legacy, any]) {
          const { samples, types } = parseText(renderPrometheusText(richSnapshot(...families)));
          expect(types.size).toBe(families.length);
          const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]));
          expect(new Set(keys).size).toBe(keys.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(!requirePart('promtool', promtoolPath()))('promtool', () => {
  it('reads any snapshot', async () => {
    const check = async (any: Parameters<typeof renderPrometheusText>[0]) => {
      expect((await checkMetrics(renderPrometheusText(any))).parseError).toBeUndefined();
    };
    const any = fc.oneof(anySnapshot(LEGACY), anySnapshot(ODD));
    await fc.assert(fc.asyncProperty(any, check), { numRuns: 60 });
  });
});
