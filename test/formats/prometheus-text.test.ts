import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { renderPrometheusText } from '../../src/formats/prometheus-text.ts';
import { PrometheusTextCache } from '../../src/formats/prometheus-text-cache.ts';
import { CONTENT_TYPES, type Snapshot } from '../../src/model.ts';
import { startPrometheus } from '../backends/prometheus-server.ts';
import { checkMetrics } from '../backends/promtool.ts';
import { prometheusPath, promtoolPath, requirePart } from '../parts.ts';
import {
  description,
  type FamilyFixture,
  familyOf,
  labelValue,
  type SeriesFixture,
  sampleValue,
  snapshot,
  snapshotOf,
} from './arbitrary-snapshot.ts';
import { type ParsedSample, parseText } from './text-parser.ts';

const textOf = (cache: PrometheusTextCache, snapshot: Snapshot) => {
  const { pieces, done } = runToEnd(cache.write(snapshot));
  const text = Buffer.concat(pieces).toString('utf8');
  done();
  return text;
};
const render = (...families: FamilyFixture[]) => renderPrometheusText(snapshotOf(...families));
const gauge = (labelNames: string[], labelValues: string[], value = 1) =>
  familyOf({ labelNames, series: [{ labelNames, labelValues, value }] });

/** Returns the samples that a family stands for, straight from the definition of the types. */
function samplesOf(family: FamilyFixture): ParsedSample[] {
  const labelsOf = (series: { labelNames: readonly string[]; labelValues: readonly string[] }) => ({
    ...family.labels,
    ...Object.fromEntries(series.labelNames.map((name, i) => [name, series.labelValues[i]])),
  });
  if (family.data !== 'buckets') {
    return family.series.map((series) => {
      return { name: family.name, labels: labelsOf(series), value: series.value! };
    });
  }
  return family.series.flatMap((series) => {
    const labels = labelsOf(series);
    const counts = Array.from(series.counts!);
    const upTo = (end: number) => counts.slice(0, end).reduce((sum, count) => sum + count, 0);
    const bucket = (le: string, value: number) => {
      return { name: `${family.name}_bucket`, labels: { ...labels, le }, value };
    };
    return [
      ...family.buckets.map((bound, i) => bucket(String(bound), upTo(i + 1))),
      bucket('+Inf', upTo(counts.length)),
      { name: `${family.name}_sum`, labels, value: series.sum! },
      { name: `${family.name}_count`, labels, value: upTo(counts.length) },
    ];
  });
}

/** The format does not tell -0 from 0, and neither do Prometheus's comparisons. */
const withoutMinusZero = (samples: readonly ParsedSample[]) =>
  samples.map((sample) => ({ ...sample, value: sample.value + 0 }));

describe('renderPrometheusText', () => {
  it('renders each type as the format prescribes', () => {
    const text = render(
      familyOf({
        name: 'http_requests_total',
        description: 'Total HTTP requests',
        type: 'counter',
        labels: { service: 'shop' },
        labelNames: ['method', 'status'],
        series: [
          {
            labelNames: ['method', 'status'],
            labelValues: ['GET', '200'],
            value: 1027,
          },
          { labelNames: ['otel_metric_overflow'], labelValues: ['true'], value: 0.5 },
        ],
      }),
      familyOf({
        name: 'request_duration_seconds',
        type: 'histogram',
        buckets: [0.1, 0.5],
        series: [{ labelNames: [], labelValues: [], counts: [1, 0, 2], sum: 7.25 }],
      }),
      familyOf({
        name: 'work_seconds',
        type: 'histogram',
        labels: { service: 'shop' },
        labelNames: ['kind'],
        buckets: [1e21],
        series: [{ labelNames: ['kind'], labelValues: ['a'], counts: [0, 0], sum: 0 }],
      }),
      familyOf({ name: 'unused', description: 'No series yet', labelNames: ['kind'] }),
    );
    expect(text).toBe(`# HELP http_requests_total Total HTTP requests
# TYPE http_requests_total counter
http_requests_total{service="shop",method="GET",status="200"} 1027
http_requests_total{service="shop",otel_metric_overflow="true"} 0.5
# TYPE request_duration_seconds histogram
request_duration_seconds_bucket{le="0.1"} 1
request_duration_seconds_bucket{le="0.5"} 1
request_duration_seconds_bucket{le="+Inf"} 3
request_duration_seconds_sum 7.25
request_duration_seconds_count 3
# TYPE work_seconds histogram
work_seconds_bucket{service="shop",kind="a",le="1e+21"} 0
work_seconds_bucket{service="shop",kind="a",le="+Inf"} 0
work_seconds_sum{service="shop",kind="a"} 0
work_seconds_count{service="shop",kind="a"} 0
# HELP unused No series yet
# TYPE unused gauge
`);
  });

  it('is empty without families', () => {
    expect(render()).toBe('');
  });

  it('escapes what the format says, and the quote in label values only', () => {
    const text = render({ ...gauge(['l'], ['\\ " \n \r']), description: '\\ " \n \r' });
    expect(text).toBe('# HELP a \\\\ " \\n \r\n# TYPE a gauge\na{l="\\\\ \\" \\n \r"} 1\n');
  });

  it('reads back as what it was, for any snapshot', () => {
    fc.assert(
      fc.property(snapshot, (any) => {
        const text = renderPrometheusText(any);
        expect(textOf(new PrometheusTextCache(), any)).toBe(text);
        const parsed = parseText(text);
        const expected = any.families.flatMap(samplesOf);
        expect(withoutMinusZero(parsed.samples)).toEqual(withoutMinusZero(expected));
        expect([...parsed.types]).toEqual(any.families.map(({ name, type }) => [name, type]));
        const described = any.families.filter((family) => family.description !== '');
        expect([...parsed.help]).toEqual(
          described.map((family) => [family.name, family.description.toWellFormed()]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('renders every number so that it parses to the same one', () => {
    fc.assert(
      fc.property(sampleValue, (value) => {
        const any = snapshotOf(gauge([], [], value));
        expect(textOf(new PrometheusTextCache(), any)).toBe(renderPrometheusText(any));
        const [sample] = parseText(renderPrometheusText(any)).samples;
        expect(sample.value + 0).toBe(value + 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('renders different label sets to different lines', () => {
    const pair = fc.tuple(labelValue, labelValue);
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(render(gauge(['l', 'm'], one))).not.toBe(render(gauge(['l', 'm'], other)));
      }),
      { numRuns: 2000 },
    );
  });

  it('remembers the last snapshot, and it does not show', () => {
    const names = { labelNames: ['i'] };
    // There are more lines than fit a chunk, so that there are several chunks.
    const lots = () =>
      Array.from({ length: 1500 }, (_, i) => ({ ...names, labelValues: [`${i}é`] }));
    const known = { counter: lots(), histogram: lots() };
    const step = fc.record({
      type: fc.constantFrom('counter' as const, 'histogram' as const),
      first: fc.nat({ max: 3 }),
      count: fc.nat({ max: 1500 }),
      changed: fc.constantFrom(0, 1, 7, 1000),
      value: fc.oneof(sampleValue, fc.nat()),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 6 }), (steps) => {
        const cache = new PrometheusTextCache();
        const values: Record<number, number> = {};
        let list: SeriesFixture[] = [];
        for (const { type, first, count, changed, value } of steps) {
          for (let i = 0; i < changed; i++) values[(i * 37) % 1500] = value;
          // The list stays the same while the series do, as in the collector.
          const next = known[type].slice(first, first + count);
          if (next.length !== list.length || next[0] !== list[0]) list = next;
          const filled = list.map((series, i) => ({
            ...series,
            value: values[i] ?? i,
            sum: values[i] ?? i,
            counts: [values[i] ?? i, 1],
          }));
          const buckets = type === 'histogram' ? [1] : [];
          const family = familyOf({ ...names, type, buckets, series: filled });
          const any = snapshotOf({ ...family, series: list });
          expect(textOf(cache, any)).toBe(renderPrometheusText(any));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('renders more series than it joins at once', () => {
    const labelNames = ['i'];
    const series = Array.from({ length: 2000 }, (_, i) => ({
      labelNames,
      labelValues: [String(i)],
      value: i,
    }));
    const { samples } = parseText(render(familyOf({ labelNames, series })));
    expect(samples.map(({ labels, value }) => [labels.i, value])).toEqual(
      series.map(({ value }) => [String(value), value]),
    );
  });
});

describe.skipIf(!requirePart('promtool', promtoolPath()))('promtool check metrics', () => {
  it('reads any snapshot', async () => {
    const check = async (any: Snapshot) => {
      expect((await checkMetrics(renderPrometheusText(any))).parseError).toBeUndefined();
    };
    await fc.assert(fc.asyncProperty(snapshot, check), { numRuns: 60 });
  });

  it('reads any description and label value', async () => {
    const awkward = fc.sample(fc.tuple(description, labelValue), 300);
    const families = awkward.map(([text, value], i) => {
      return { ...gauge(['l'], [value]), name: `a${i}`, description: text };
    });
    expect((await checkMetrics(render(...families))).parseError).toBeUndefined();
  });
});

describe.skipIf(!requirePart('prometheus', prometheusPath()))('a Prometheus server', () => {
  it('stores every awkward label value as it is', async () => {
    const values = awkwardValues();
    const labelNames = ['i', 'l'];
    const series = values.map((value, i) => ({
      labelNames,
      labelValues: [String(i), value],
      value: i,
    }));
    const text = render(
      familyOf({ description: values.join(''), labelNames, series }),
      ...values.map((value, i) => ({ ...gauge([], []), name: `b${i}`, description: value })),
    );
    const server = createServer((_, response) => {
      response.setHeader('content-type', CONTENT_TYPES.prometheus).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const prometheus = await startPrometheus({ targets: [target] });
    try {
      await prometheus.waitForScrapes(target, 1);
      const stored = await prometheus.query('sort(a)');
      expect(stored.map(({ labels }) => labels.l)).toEqual(values);
    } finally {
      await prometheus.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

/** Returns every control character, alone and within text, and other texts that parsers may fail at. */
function awkwardValues(): string[] {
  const controls = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code));
  const others = ['\x7f', '\x80', '\x85', '\xa0', '\u2028', '\u2029', '\ufeff', '\ufffd', '\uffff'];
  const characters = [...controls, ...others, '\\', '"', "'", '#', '{', '}', ',', '=', '🚀'];
  return characters.flatMap((character) => [character, `x${character}y`, `${character}\\`]);
}
