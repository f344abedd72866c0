/** Exporters that push, to real servers, and through a proxy that makes them fail. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  OTLPExporter,
  PeriodicExporter,
  RemoteWriteExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import {
  nodePath,
  otlpReceiverPath,
  prometheusPath,
  requirePart,
  victoriaMetricsPath,
} from '../parts.ts';
import { startReceiver } from './otlp-receiver.ts';
import { startPrometheus } from './prometheus-server.ts';
import {
  queryVictoriaMetrics,
  startMortalVictoriaMetrics,
  startVictoriaMetrics,
  startVmagent,
} from './receivers.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());
const hasVictoriaMetrics = requirePart('victoriaMetrics', victoriaMetricsPath());
const hasReceiver = [
  requirePart('otlpReceiver', otlpReceiverPath()),
  requirePart('node24', nodePath('node24')),
].every(Boolean);
const TIMEOUT = 300_000;
const PATIENCE = { timeout: 60_000, interval: 50 };
const LABELS = { job: 'pushed', instance: 'one' };

async function prometheus() {
  const features = ['native-histograms', 'exemplar-storage'];
  const server = await startPrometheus({ targets: [], isReceiver: true, features });
  onTestFinished(() => server.stop());
  return { ...server, write: `${server.url}/api/v1/write` };
}

/** What the proxy does with a request: passes it on, answers by itself, or breaks the connection. */
type Fault = 'pass' | 'reset' | 'half' | 500 | 503 | 429;

/** Stands between an exporter and a server. */
async function faultyProxy(to: string, fault: () => Fault) {
  const sent: number[] = [];
  const server = createServer((incoming, outgoing) => {
    const what = fault();
    if (what === 'reset') {
      incoming.socket.destroy();
      return;
    }
    if (typeof what === 'number') {
      incoming.resume();
      outgoing.writeHead(what, what === 503 ? { 'retry-after': '0' } : {}).end('not now');
      return;
    }
    const { method, headers } = incoming;
    const passed = httpRequest(to, { method, headers }, (answer) => {
      sent.push(answer.statusCode!);
      if (what === 'half') {
        // The server has it, and the exporter does not know.
        incoming.socket.destroy();
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sent };
}

function recordEverything(collector: TelemetryCollector): void {
  const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
  counter.increment(2.5, { n: 'a "quote"\\\n' }, { exemplar: { trace_id: 'abc' } });
  counter.increment(1, { n: '' });
  const native = { schema: 3 };
  const histograms = [
    collector.registerHistogram('classic_seconds', '', { buckets: [0.5, 5] }),
    collector.registerHistogram('native_seconds', '', { native }),
  ];
  for (const histogram of histograms) for (let i = 1; i <= 100; i++) histogram.observe(i / 10);
  collector.registerGauge('g').set(-1.5);
  collector.registerSummary('taken_seconds', '', { quantiles: [0.5] }).observe(3);
  collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
}

test.skipIf(!hasPrometheus).each(LINKS)(
  'a real Prometheus gets what is pushed over the %s link, until the series end',
  { timeout: TIMEOUT },
  async (link) => {
    const server = await prometheus();
    const collector = makeCollector({ link, labels: { region: 'eu' } });
    recordEverything(collector);
    const exporter = new RemoteWriteExporter({ url: server.write, labels: LABELS });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    const labels = { ...LABELS, region: 'eu' };
    const value = async (expr: string) => (await server.query(expr)).map(({ value }) => value);
    expect(await server.query('a_total')).toEqual(
      expect.arrayContaining([
        { labels: { __name__: 'a_total', ...labels, n: 'a "quote"\\\n' }, value: 2.5 },
        { labels: { __name__: 'a_total', ...labels }, value: 1 },
      ]),
    );
    expect(await value('classic_seconds_bucket{le="0.5"}')).toEqual([5]);
    expect(await value('histogram_count(native_seconds)')).toEqual([100]);
    expect(await value('histogram_sum(native_seconds)')).toEqual([expect.closeTo(505, 6)]);
    expect(await value('phase{phase="busy"} + on() g')).toEqual([-0.5]);
    const query = `${server.url}/api/v1/query_exemplars?query=a_total&start=0&end=${Date.now()}`;
    const { data } = (await (await fetch(query)).json()) as { data: { exemplars: object[] }[] };
    expect(data[0]?.exemplars).toMatchObject([{ labels: { trace_id: 'abc' }, value: '2.5' }]);
    await collector.shutdown();
    expect(await value('{job="pushed"}')).toEqual([]);
  },
);

test.skipIf(!hasPrometheus)(
  'totals in a real Prometheus are ours in the end, whatever fails meanwhile',
  { timeout: TIMEOUT },
  async () => {
    const server = await prometheus();
    const faults: readonly Fault[] = ['pass', 503, 'reset', 'half', 500, 'pass', 429, 'half'];
    let asked = 0;
    let isWell = false;
    const proxy = await faultyProxy(server.write, () =>
      isWell ? 'pass' : faults[asked++ % faults.length]!,
    );
    const collector = makeCollector({ link: 'shared' });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    const exporter = new RemoteWriteExporter({ url: proxy.url, labels: LABELS });
    const periodic = new PeriodicExporter(exporter, collector, { interval: 0.1 });
    await periodic.start();
    const record = () => {
      for (let n = 0; n < 100; n++) counter.increment(n + 0.1, { n });
      return asked;
    };
    await expect.poll(record, PATIENCE).toBeGreaterThan(faults.length);
    isWell = true;
    await periodic.stop();
    // Retries wait for up to half a minute.
    await expect.poll(() => exporter.exportMetrics(collector), PATIENCE).toBe(true);
    for (const n of [0, 1, 57, 99]) {
      const [{ value } = { value: Number.NaN }] = await server.query(`a_total{n="${n}"}`);
      expect(value).toBe(counter.getValue({ n }).value);
    }
    // Nothing was refused: no sample came twice as another, and none out of order.
    expect(new Set(proxy.sent)).toEqual(new Set([204]));
    const labels = { exporter: 'remote_write' };
    expect(await sampleOf(collector, 'telemetry_delivery_queue_bytes', labels)).toBe(0);
    expect(await sampleOf(collector, 'telemetry_delivery_seconds_count', labels)).toBeGreaterThan(
      1,
    );
    expect(
      await sampleOf(collector, 'telemetry_delivery_dropped_series_total', {
        ...{ ...labels, reason: 'refused' },
      }),
    ).toBeUndefined();
  },
);

test.skipIf(!hasVictoriaMetrics)(
  'totals are ours in the end in a server that was killed and started again meanwhile',
  { timeout: TIMEOUT },
  async () => {
    const server = await startMortalVictoriaMetrics();
    const collector = makeCollector({ link: 'shared' });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    const url = `${server.url}/api/v1/write`;
    const exporter = new RemoteWriteExporter({ url, labels: LABELS });
    const periodic = new PeriodicExporter(exporter, collector, { interval: 0.05 });
    const labels = { exporter: 'remote_write' };
    const delivered = () => sampleOf(collector, 'telemetry_delivery_seconds_count', labels);
    const queued = () => sampleOf(collector, 'telemetry_delivery_queue_requests', labels);
    const record = () => {
      // VictoriaMetrics keeps the first 15 decimal digits or so.
      for (let n = 0; n < 100; n++) counter.increment(n + 0.5, { n });
    };
    await periodic.start();
    await expect.poll(() => delivered(), PATIENCE).toBeGreaterThan(3);
    record();
    await server.kill();
    await expect.poll(() => queued(), PATIENCE).toBeGreaterThan(3);
    record();
    await server.begin();
    record();
    await periodic.stop();
    // Retries wait for up to half a minute.
    await expect.poll(() => exporter.exportMetrics(collector), PATIENCE).toBe(true);
    expect(await queued()).toBe(0);
    for (const n of [0, 1, 57, 99]) {
      const found = await queryVictoriaMetrics(server.url, `a_total{n="${n}"}`);
      expect(found.map(({ value }) => value)).toEqual([counter.getValue({ n }).value]);
    }
    for (const reason of ['refused', 'expired', 'full']) {
      const dropped = { ...labels, reason };
      expect(
        await sampleOf(collector, 'telemetry_delivery_dropped_series_total', dropped),
      ).toBeUndefined();
    }
  },
);

test.skipIf(!hasPrometheus)(
  'a server that does not know remote write 2.0 gets 1.0',
  { timeout: TIMEOUT },
  async () => {
    const server = await prometheus();
    const collector = makeCollector();
    recordEverything(collector);
    const exporter = new RemoteWriteExporter({ url: server.write, version: 2, labels: LABELS });
    for (let i = 0; i < 2; i++) expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(await server.query('sum(a_total)')).toEqual([{ labels: {}, value: 3.5 }]);
    expect(logOf(collector).join()).toContain('does not take remote write 2.0');
  },
);

test.skipIf(!hasPrometheus)(
  'one series that a server refuses costs one series',
  { timeout: TIMEOUT },
  async () => {
    const server = await prometheus();
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    for (let n = 0; n < 300; n++) counter.increment(1, { n });
    // Somebody else has pushed the same series with a later time, so ours is out of order.
    const other = makeCollector();
    other.registerCounter('a_total', '', { labelNames: ['n'] }).increment(7, { n: 13 });
    const first = new RemoteWriteExporter({ url: server.write, labels: LABELS });
    const now = Date.now;
    Date.now = () => now() + 60_000;
    try {
      expect(await first.exportMetrics(other)).toBe(true);
    } finally {
      Date.now = now;
    }
    const exporter = new RemoteWriteExporter({ url: server.write, labels: LABELS });
    expect(await exporter.exportMetrics(collector)).toBe(false);
    // What the other one has pushed is yet to come.
    expect(await server.query('count(a_total)')).toEqual([{ labels: {}, value: 299 }]);
    const dropped = await sampleOf(collector, 'telemetry_delivery_dropped_series_total', {
      ...{ exporter: 'remote_write', reason: 'refused' },
    });
    // The collector's own series were pushed by the other one, too.
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(60);
    expect(logOf(collector).join()).toMatch(/refused.*out of order/);
  },
);

test.skipIf(!hasVictoriaMetrics)(
  'a real VictoriaMetrics gets what is pushed',
  { timeout: TIMEOUT },
  async () => {
    const url = await startVictoriaMetrics();
    const collector = makeCollector({ link: 'auto' });
    recordEverything(collector);
    const exporter = new RemoteWriteExporter({
      ...{ url: `${url}/api/v1/write`, labels: LABELS, histograms: 'classic' },
    });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    const query = async (expr: string) =>
      (await queryVictoriaMetrics(url, expr)).map(({ value }) => value);
    expect(await query('sum(a_total{job="pushed"})')).toEqual([3.5]);
    expect(await query('classic_seconds_bucket{le="+Inf"}')).toEqual([100]);
  },
);

test.skipIf(!hasVictoriaMetrics)(
  'a real vmagent takes what is pushed, and passes it on',
  { timeout: TIMEOUT },
  async () => {
    const url = await startVictoriaMetrics();
    const collector = makeCollector();
    collector.registerCounter('a_total').increment(3.5);
    const agent = await startVmagent(url);
    const exporter = new RemoteWriteExporter({ url: `${agent}/api/v1/write`, labels: LABELS });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    const found = () => queryVictoriaMetrics(url, 'a_total{job="pushed"}');
    await expect.poll(found, PATIENCE).toMatchObject([{ value: 3.5 }]);
  },
);

test.skipIf(!hasReceiver).each(['protobuf', 'json'] as const)(
  'a receiver of OTLP gets what is pushed as %s',
  { timeout: TIMEOUT },
  async (encoding) => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.stop());
    const collector = makeCollector({ link: 'auto' });
    recordEverything(collector);
    const exporter = new OTLPExporter({
      ...{ url: `${receiver.url}/v1/metrics`, encoding, compression: 'none' },
      resource: { 'service.name': 'shop' },
    });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(await receiver.series('a_total')).toHaveLength(2);
    expect(await receiver.series('g')).toMatchObject([{ points: [{ value: -1.5 }] }]);
  },
);
