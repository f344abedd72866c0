/** Sends the same snapshot to real servers, which other servers scrape, too. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { snappy } from '../../src/bytes/snappy.ts';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { Format } from '../../src/formats/format.ts';
import { openMetrics } from '../../src/formats/openmetrics/openmetrics.ts';
import { metricFamilies } from '../../src/formats/protobuf/metric-families.ts';
import type { RemoteWriteOptions } from '../../src/formats/remote-write/options.ts';
import {
  type RemoteWriteWriter,
  remoteWrite,
} from '../../src/formats/remote-write/remote-write.ts';
import type { MetricFamily, Snapshot } from '../../src/model.ts';
import { rich, richSnapshot } from '../formats/any-family.ts';
import { expectedSeries, keyOf } from '../formats/remote-write-series.ts';
import { influxdbPath, prometheusPath, requirePart, victoriaMetricsPath } from '../parts.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';
import { startInfluxdb, startVictoriaMetrics } from './receivers.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());
const hasVictoriaMetrics = requirePart('victoriaMetrics', victoriaMetricsPath());
const hasInfluxdb = requirePart('influxdb', influxdbPath());
const AWKWARD = 'a "quote" \\ and\na line, {braces} = 🚀';
const TIMEOUT = 300_000;

const labelNames = ['note', 'Z'];
const jobs = rich({
  name: 'jobs_total',
  type: 'counter',
  labelNames,
  labelValues: [
    [AWKWARD, 'z'],
    ['', ''],
  ],
  numbers: [[2 ** 53], [0.1]],
});
const durations = rich({
  name: 'job_seconds',
  type: 'histogram',
  data: 'buckets',
  buckets: [1e-5, 0.5, 1, 123_456, 1e6, 1234567.5],
  numbers: [[2.5, 1, 2, 3, 4, 5, 6, 7]],
});
const native = rich({
  name: 'native_seconds',
  type: 'histogram',
  data: 'buckets',
  buckets: [],
  numbers: [[12.75, 18]],
  natives: [
    {
      schema: 3,
      zeroThreshold: 1e-128,
      zeroCount: 1,
      positive: { offset: -2, counts: [0, 4, 0, 0, 3, 0, 0, 0, 5, 0], infinite: 1 },
      negative: { offset: 7, counts: [4] },
    },
  ],
});
const sizes = rich({
  name: 'size_bytes',
  type: 'summary',
  data: 'quantiles',
  quantiles: [0, 0.5, 0.999, 1],
  numbers: [[12, 3, 4, 5, 6, NaN]],
});
const FAMILIES: readonly MetricFamily[] = [
  jobs,
  durations,
  native,
  sizes,
  rich({ name: 'level', numbers: [[-Infinity]] }),
  rich({ name: 'tiny', numbers: [[5e-324]] }),
  rich({
    name: 'phase',
    type: 'stateset',
    data: 'states',
    states: ['idle', 'busy'],
    numbers: [[0, 1]],
  }),
  rich({ name: 'build_info', type: 'info', labels: { version: '1' } }),
];

const now = (...families: MetricFamily[]): Snapshot => ({
  ...richSnapshot(...families),
  timestamp: Date.now() / 1000,
});

/** Sends a snapshot, and resolves to the answers. */
async function send(
  url: string,
  writer: RemoteWriteWriter,
  snapshot: Snapshot,
  options: RemoteWriteOptions = {},
): Promise<Response[]> {
  const [first, second] = remoteWrite.mediaTypes;
  const { contentType } = options.version === '2.0' ? second : first;
  const { bodies, done } = runToEnd(writer.write(snapshot, options));
  const compressed = await Promise.all(bodies.map(({ bytes }) => snappy(bytes)));
  done();
  const answers: Response[] = [];
  for (const body of compressed) {
    const headers = {
      'content-encoding': 'snappy',
      'content-type': contentType,
      'user-agent': 'test/1',
      'x-prometheus-remote-write-version': options.version === '2.0' ? '2.0.0' : '0.1.0',
    };
    answers.push(await fetch(url, { method: 'POST', headers, body }));
  }
  return answers;
}

async function taken(answers: Promise<Response[]>): Promise<void> {
  for (const answer of await answers)
    expect([answer.status, await answer.text()]).toEqual([204, '']);
}

/** Serves a snapshot in a format. Resolves to where. */
async function serve(format: Format, snapshot: Snapshot): Promise<string> {
  const { pieces } = runToEnd(format.open().write(snapshot, {}));
  const server = createServer((_, response) => {
    response.setHeader('content-type', format.mediaTypes[0].contentType);
    response.end(Buffer.concat(pieces));
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function receiver(targets: string[] = []): Promise<PrometheusServer> {
  const features = ['native-histograms', 'exemplar-storage'];
  const prometheus = await startPrometheus({ targets, features, isReceiver: true });
  onTestFinished(() => prometheus.stop());
  return prometheus;
}

interface Element {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly histogram?: [number, unknown];
}

/** Returns what a server with Prometheus' API has, by its labels without `instance`. */
async function stored(url: string, selector: string): Promise<Record<string, unknown>> {
  // VictoriaMetrics would ask as of the last whole second.
  const time = Date.now() / 1000 + 1;
  const query = `query=${encodeURIComponent(selector)}&time=${time}&nocache=1`;
  const answer = await fetch(`${url}/api/v1/query?${query}`);
  const { data } = (await answer.json()) as { data: { result: Element[] } };
  return Object.fromEntries(
    data.result.map(({ metric: { instance: _, ...labels }, value, histogram }) => [
      keyOf(Object.entries(labels)),
      value?.[1] ?? histogram?.[1],
    ]),
  );
}

/** Returns the values that a snapshot stands for, as Prometheus' API would give them. */
function expected(snapshot: Snapshot, options: RemoteWriteOptions): Record<string, string> {
  const texts = [...expectedSeries(snapshot, options)].flatMap(([key, { value }]) => {
    if (value === undefined) return [];
    const [number] = new Float64Array(BigUint64Array.of(value).buffer);
    return [[key, number] as const];
  });
  return Object.fromEntries(texts.map(([key, number]) => [key, goText(number)]));
}

const goText = (number: number) =>
  String(number).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');
const numbers = (all: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      key,
      typeof value === 'string' ? goText(Number(value.replace('Inf', 'Infinity'))) : value,
    ]),
  );

test.skipIf(!hasPrometheus)(
  'a real Prometheus has the same series of what is sent as of what it scrapes',
  { timeout: TIMEOUT },
  async () => {
    const snapshot = now(...FAMILIES);
    const formats = [openMetrics, metricFamilies];
    const targets = await Promise.all(formats.map((format) => serve(format, snapshot)));
    const prometheus = await receiver(targets);
    await Promise.all(targets.map((target) => prometheus.waitForScrapes(target, 1)));
    const writeTo = `${prometheus.url}/api/v1/write`;
    const own = '__name__!~"up|scrape_.*"';
    for (const [i, histograms] of (['classic', 'native'] as const).entries()) {
      const extraLabels = { job: 'test', instance: histograms };
      const options = { extraLabels, histograms };
      await taken(send(writeTo, remoteWrite.open(), now(...FAMILIES), options));
      const sent = await stored(prometheus.url, `{instance="${histograms}"}`);
      const scraped = await stored(prometheus.url, `{instance="${targets[i]}",${own}}`);
      expect(sent).toEqual(scraped);
      const { instance: _, ...labels } = extraLabels;
      const numbersSent = Object.entries(numbers(sent)).filter(
        ([, one]) => typeof one === 'string',
      );
      expect(Object.fromEntries(numbersSent)).toEqual(
        expected(snapshot, { ...options, extraLabels: labels }),
      );
    }
    const [histogram] = Object.values(
      await stored(prometheus.url, 'native_seconds{instance="native"}'),
    );
    expect(histogram).toMatchObject({ count: '18', sum: '12.75' });
  },
);

test.skipIf(!hasPrometheus)(
  'a real Prometheus has the exemplars, and at once no series that has ended',
  { timeout: TIMEOUT },
  async () => {
    const prometheus = await receiver();
    const writeTo = `${prometheus.url}/api/v1/write`;
    const writer = remoteWrite.open();
    const example = (id: string, value: number, ago: number) => ({
      labels: { trace_id: id, note: AWKWARD },
      value,
      timestamp: Date.now() / 1000 - ago,
    });
    const examples = [example('b', 0.1, 1), example('a', 3, 2)];
    const families = [
      { ...jobs, exemplars: new Map([[jobs.series[0], [example('c', 1 / 3, 1)]]]) },
      { ...durations, exemplars: new Map([[durations.series[0], [undefined, examples[0]]]]) },
      { ...native, exemplars: new Map([[native.series[0], examples]]) },
      sizes,
    ];
    await taken(send(writeTo, writer, now(...families)));
    await taken(send(writeTo, writer, now(...families)));
    const query = '/api/v1/query_exemplars?start=0&end=4102444800&query=';
    const selector = encodeURIComponent(
      '{__name__=~"jobs_total|job_seconds_bucket|native_seconds"}',
    );
    const answer = await fetch(`${prometheus.url}${query}${selector}`);
    const { data } = (await answer.json()) as {
      data: {
        seriesLabels: Record<string, string>;
        exemplars: { labels: Record<string, string>; value: string }[];
      }[];
    };
    const found = data.map(({ seriesLabels, exemplars }) => [
      seriesLabels.__name__,
      exemplars.map(({ labels, value }) => [labels.trace_id, labels.note, Number(value)]),
    ]);
    expect(found.sort()).toEqual([
      ['job_seconds_bucket', [['b', AWKWARD, 0.1]]],
      ['jobs_total', [['c', AWKWARD, 1 / 3]]],
      [
        'native_seconds',
        [
          ['a', AWKWARD, 3],
          ['b', AWKWARD, 0.1],
        ],
      ],
    ]);
    const one = { ...jobs, series: jobs.series.slice(1), values: jobs.values.subarray(1) };
    const fewer = rich({ ...sizes, quantiles: [0.5], numbers: [[12, 3, 5]] } as never);
    const later = now(one, fewer);
    await taken(send(writeTo, writer, later));
    const all = await stored(prometheus.url, '{__name__!=""}');
    expect(numbers(all)).toEqual(expected(later, {}));
    await taken(send(writeTo, writer, now(), { final: true }));
    expect(await stored(prometheus.url, '{__name__!=""}')).toEqual({});
  },
);

test.skipIf(!hasPrometheus)(
  'a real Prometheus takes samples although the clock was set back, and all bodies',
  { timeout: TIMEOUT },
  async () => {
    const prometheus = await receiver();
    const writeTo = `${prometheus.url}/api/v1/write`;
    const writer = remoteWrite.open();
    const snapshot = now(...FAMILIES);
    for (const set of [0, -3600, -3600, 0]) {
      const options = { maxSeries: 3 };
      await taken(
        send(writeTo, writer, { ...snapshot, timestamp: snapshot.timestamp + set }, options),
      );
    }
    const counts = await stored(prometheus.url, 'count_over_time(jobs_total[1h])');
    expect(Object.values(counts)).toEqual(['4', '4']);
  },
);

test.skipIf(!hasPrometheus)(
  'a Prometheus that knows only version 1.0 says nothing of having written 2.0, and has not',
  { timeout: TIMEOUT },
  async () => {
    const prometheus = await receiver();
    const options = { version: '2.0' };
    const writeTo = `${prometheus.url}/api/v1/write`;
    const [answer] = await send(writeTo, remoteWrite.open(), now(...FAMILIES), options);
    expect(answer.status).toBe(204);
    expect([...answer.headers.keys()].filter((name) => name.includes('written'))).toEqual([]);
    expect(await stored(prometheus.url, '{__name__!=""}')).toEqual({});
  },
);

test.skipIf(!hasVictoriaMetrics)(
  'a real VictoriaMetrics has every number as it was, and at once no series that has ended',
  { timeout: TIMEOUT },
  async () => {
    const url = await startVictoriaMetrics();
    const writer = remoteWrite.open();
    const families = [
      jobs,
      durations,
      native,
      rich({ name: 'an.odd.name', labels: { 'a.b': '1' } }),
    ];
    const options: RemoteWriteOptions = { histograms: 'classic', extraLabels: { job: 'test' } };
    const snapshot = now(...families);
    await taken(send(`${url}/api/v1/write`, writer, snapshot, options));
    const all = async () => {
      await fetch(`${url}/internal/force_flush`);
      return numbers(await stored(url, '{__name__!=""}'));
    };
    expect(await all()).toEqual(expected(snapshot, options));
    const later = now(durations);
    await taken(send(`${url}/api/v1/write`, writer, later, options));
    expect(await all()).toEqual(expected(later, options));
  },
);

test.skipIf(!hasInfluxdb)(
  'a real InfluxDB has every number as it was',
  { timeout: TIMEOUT },
  async () => {
    const url = await startInfluxdb();
    const options: RemoteWriteOptions = { histograms: 'classic', extraLabels: { job: 'test' } };
    const snapshot = now(jobs, durations, native, rich({ name: 'tiny', numbers: [[5e-324]] }));
    await taken(send(`${url}/api/v1/prom/write?db=x`, remoteWrite.open(), snapshot, options));
    const query = encodeURIComponent('SELECT value FROM /.*/ GROUP BY *');
    const answer = await fetch(`${url}/query?db=x&q=${query}`);
    const { results } = (await answer.json()) as {
      results: { series: { name: string; tags: Record<string, string>; values: number[][] }[] }[];
    };
    const found = results[0].series.map(({ tags, values }) => {
      const labels = Object.entries(tags).filter(([, value]) => value !== '');
      return [keyOf(labels), values.map(([, value]) => goText(value))];
    });
    const wanted = Object.entries(expected(snapshot, options)).map(([key, value]) => [
      key,
      [value],
    ]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  },
);
