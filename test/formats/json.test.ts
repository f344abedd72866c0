import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type JsonHistogram,
  type JsonNumber,
  type JsonScalar,
  renderJson,
  toJsonSnapshot,
} from '../../src/formats/json.ts';
import { anySnapshot, LEGACY, rich, richSnapshot } from './any-family.ts';
import { familyOf, snapshot, snapshotOf } from './arbitrary-snapshot.ts';

const scalar = (value: number) => ({ labelNames: [], labelValues: [], value });

function toNumber(value: JsonNumber): number {
  return typeof value === 'number' ? value : Number(value.replace('Inf', 'Infinity'));
}

describe('toJsonSnapshot', () => {
  it('gives one series for a family without label names and a list for one with', () => {
    const labelNames = ['method'];
    const json = toJsonSnapshot(
      snapshotOf(
        familyOf({ name: 'up', labels: { service: 'shop' }, series: [scalar(1)] }),
        familyOf({
          name: 'requests_total',
          labels: { service: 'shop' },
          labelNames,
          series: [
            { labelNames, labelValues: ['GET'], value: 3 },
            { labelNames: ['otel_metric_overflow'], labelValues: ['true'], value: 4 },
          ],
        }),
        familyOf({ name: 'unused_total', labelNames }),
        familyOf({
          name: 'duration_seconds',
          type: 'histogram',
          buckets: [0.1, 0.5],
          series: [{ labelNames: [], labelValues: [], counts: [1, 1, 0], sum: 0.203 }],
        }),
      ),
    );
    const timestamp = 1632150000.5;
    expect(json).toEqual({
      timestamp,
      metrics: {
        up: { value: 1, labels: { service: 'shop' }, timestamp },
        requests_total: [
          { value: 3, labels: { service: 'shop', method: 'GET' }, timestamp },
          { value: 4, labels: { service: 'shop', otel_metric_overflow: 'true' }, timestamp },
        ],
        unused_total: [],
        duration_seconds: {
          count: 2,
          sum: 0.203,
          buckets: { '0.1': 1, '0.5': 2, '+Inf': 2 },
          labels: {},
          timestamp,
        },
      },
      events_count: 150,
      running: true,
    });
  });

  it('leaves out a family without label names that has no series', () => {
    expect(toJsonSnapshot(snapshotOf(familyOf({}))).metrics).toEqual({});
  });

  it('names the numbers that JSON does not have', () => {
    const values = [NaN, Infinity, -Infinity, 0.1];
    const labelNames = ['l'];
    const series = values.map((value) => ({ labelNames, labelValues: [`${value}`], value }));
    const { a } = toJsonSnapshot(snapshotOf(familyOf({ labelNames, series }))).metrics;
    expect((a as JsonScalar[]).map(({ value }) => value)).toEqual(['NaN', '+Inf', '-Inf', 0.1]);
  });

  it('keeps names that objects come with', () => {
    const names = ['__proto__', 'constructor', 'toString', '_'];
    const families = names.map((name) => familyOf({ name, series: [scalar(1)] }));
    const json = toJsonSnapshot(snapshotOf(...families));
    for (const copy of [
      json,
      structuredClone(json),
      JSON.parse(renderJson(snapshotOf(...families))),
    ]) {
      expect(Object.keys(copy.metrics)).toEqual(names);
    }
    const labelNames = ['constructor'];
    const labelled = familyOf({
      labelNames,
      series: [{ labelNames, labelValues: ['x'], value: 1 }],
    });
    expect(renderJson(snapshotOf(labelled))).toContain('"labels":{"constructor":"x"}');
  });
});

describe('the JSON of the later forms', () => {
  const timestamp = 1632150000.5;

  it('holds summaries and state sets', () => {
    const { metrics } = toJsonSnapshot(
      richSnapshot(
        rich({
          name: 's',
          type: 'summary',
          data: 'quantiles',
          quantiles: [0.5, 1],
          numbers: [[12, 3, 4, NaN]],
          created: [5],
        }),
        rich({
          name: 'phase',
          type: 'stateset',
          data: 'states',
          states: ['idle', '__proto__'],
          numbers: [[0, 1]],
          created: [0],
        }),
      ),
    );
    expect(metrics).toEqual({
      s: {
        count: 3,
        sum: 12,
        quantiles: { '0.5': 4, '1': 'NaN' },
        labels: {},
        timestamp,
        created: 5,
      },
      phase: { states: JSON.parse('{"idle":false,"__proto__":true}'), labels: {}, timestamp },
    });
    expect(metrics.phase).not.toHaveProperty('created');
  });

  it('holds native buckets and exemplars beside what was there before', () => {
    const family = rich({
      type: 'histogram',
      data: 'buckets',
      buckets: [1],
      numbers: [[2.5, 1, 2]],
      natives: [
        {
          schema: 3,
          zeroThreshold: 1e-128,
          zeroCount: 1,
          positive: { offset: -2, counts: Float64Array.of(1, 0, 1) },
          negative: { offset: 0, counts: [] },
        },
      ],
    });
    const exemplar = { labels: { id: 'a' }, value: Infinity, timestamp: 7 };
    const exemplars = new Map([[family.series[0], [undefined, exemplar]]]);
    const json = toJsonSnapshot(richSnapshot({ ...family, exemplars }));
    expect(json.metrics.a).toEqual({
      count: 3,
      sum: 2.5,
      buckets: { '1': 1, '+Inf': 3 },
      native: {
        schema: 3,
        zero_threshold: 1e-128,
        zero_count: 1,
        positive: { offset: -2, counts: [1, 0, 1] },
        negative: { offset: 0, counts: [] },
      },
      labels: {},
      timestamp,
      exemplars: [{ labels: { id: 'a' }, value: '+Inf', timestamp: 7 }],
    });
  });

  it('is plain, for any snapshot', () => {
    fc.assert(
      fc.property(anySnapshot(LEGACY), (any) => {
        const json = toJsonSnapshot(any);
        // JSON has no negative zero.
        const plain: unknown = JSON.parse(JSON.stringify(structuredClone(json)));
        expect(JSON.parse(renderJson(any))).toEqual(plain);
      }),
    );
  });
});

describe('renderJson', () => {
  it('indents only when asked to', () => {
    const any = snapshotOf(familyOf({ series: [scalar(1)] }));
    expect(renderJson(any)).not.toContain('\n');
    expect(renderJson(any, { pretty: true })).toContain('\n  "metrics": {\n    "a": {');
    expect(JSON.parse(renderJson(any, { pretty: true }))).toEqual(JSON.parse(renderJson(any)));
  });

  it('loses nothing of any snapshot', () => {
    fc.assert(
      fc.property(snapshot, (any) => {
        const { metrics, ...rest } = JSON.parse(renderJson(any));
        expect(rest).toEqual({
          timestamp: any.timestamp,
          events_count: any.eventsCount,
          running: any.running,
        });
        expect(Object.keys(metrics).sort()).toEqual(any.families.map(({ name }) => name).sort());
        for (const family of any.families) {
          const entries = [metrics[family.name]].flat();
          expect(entries).toHaveLength(family.series.length);
          family.series.forEach((series, i) => {
            const labels = series.labelNames.map((name, j) => [name, series.labelValues[j]]);
            expect(entries[i].labels).toEqual({ ...family.labels, ...Object.fromEntries(labels) });
            if (family.type !== 'histogram') {
              expect(toNumber(entries[i].value)).toBe(series.value! + 0);
            }
          });
        }
      }),
    );
  });

  it('makes buckets cumulative, with the count of all as +Inf', () => {
    const buckets = [-1, 0.5, 2];
    const series = [{ labelNames: [], labelValues: [], counts: [1, 0, 2, 4], sum: -Infinity }];
    const { a } = toJsonSnapshot(
      snapshotOf(familyOf({ type: 'histogram', buckets, series })),
    ).metrics;
    const { count, sum, buckets: cumulative } = a as JsonHistogram;
    expect([count, sum]).toEqual([7, '-Inf']);
    expect(cumulative).toEqual({ '-1': 1, '0.5': 1, '2': 3, '+Inf': 7 });
  });
});
