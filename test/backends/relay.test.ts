/** The relay between exporters and real servers: Prometheus scrapes it, or gets what it sends on. */
import { OTLPExporter, RemoteWriteExporter } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { expect, onTestFinished, test } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { prometheusPath, requirePart, victoriaMetricsPath } from '../parts.ts';
import { serveHandler } from '../relay/served-relay.ts';
import { type PrometheusOptions, startPrometheus } from './prometheus-server.ts';
import { queryVictoriaMetrics, startVictoriaMetrics } from './receivers.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());
const hasVictoriaMetrics = requirePart('victoriaMetrics', victoriaMetricsPath());
const TIMEOUT = 300_000;
const LABELS = { job: 'pages', instance: 'one' };

async function prometheus(options: Partial<PrometheusOptions>) {
  const server = await startPrometheus({ targets: [], ...options });
  onTestFinished(() => server.stop());
  return server;
}

test.skipIf(!hasPrometheus)(
  'a real Prometheus scrapes what many pages have sent as one set of series',
  { timeout: TIMEOUT },
  async () => {
    const aggregate = makeCollector({ link: 'auto' });
    const relay = createRelay({
      allowOrigins: [],
      aggregate,
      families: [
        { name: 'views_total', type: 'counter', labelNames: ['page'] },
        { name: 'took_seconds', type: 'histogram', buckets: [0.1, 1] },
      ],
    });
    const url = await serveHandler(relay);
    for (let i = 1; i <= 20; i++) {
      const collector = makeCollector();
      const views = collector.registerCounter('views_total', '', { labelNames: ['page'] });
      const took = collector.registerHistogram('took_seconds', '', { buckets: [0.1, 1] });
      const exporter = new OTLPExporter({ url, temporality: 'delta' });
      for (let n = 0; n < 2; n++) {
        views.increment(i, { page: '/' });
        took.observe(i / 10);
        expect(await exporter.exportMetrics(collector)).toBe(true);
      }
    }
    const { host } = new URL((await aggregate.serve({ port: 0 })).url);
    const server = await prometheus({ targets: [host] });
    await server.waitForScrapes(host, 2);
    const value = async (expr: string) => (await server.query(expr)).map(({ value }) => value);
    expect(await value('views_total')).toEqual([2 * 210]);
    expect(await value('took_seconds_count')).toEqual([40]);
    expect(await value('took_seconds_bucket{le="0.1"}')).toEqual([2]);
    expect(await value('took_seconds_bucket{le="1.0"} or took_seconds_bucket{le="1"}')).toEqual([
      20,
    ]);
    expect(await value('took_seconds_sum')).toEqual([expect.closeTo(42, 9)]);
    expect(await value('relay_requests_total{outcome="taken"}')).toEqual([40]);
  },
);

test.skipIf(!hasPrometheus)(
  'a real Prometheus scrapes the native buckets of many pages as one histogram',
  { timeout: TIMEOUT },
  async () => {
    const aggregate = makeCollector({ link: 'auto' });
    const native = { schema: 3 };
    const relay = createRelay({
      ...{ allowOrigins: [], aggregate },
      families: [{ name: 'took_seconds', type: 'histogram', native }],
    });
    const url = await serveHandler(relay);
    for (let i = 0; i < 10; i++) {
      const collector = makeCollector();
      // Some pages count in finer buckets than the family.
      const took = collector.registerHistogram('took_seconds', '', {
        native: { schema: 3 + (i % 3) },
      });
      const encoding = i % 2 === 0 ? 'json' : 'protobuf';
      const exporter = new OTLPExporter({ url, temporality: 'delta', encoding });
      for (let n = 1; n <= 100; n++) {
        took.observe(n / 10);
        if (n % 50 === 0) expect(await exporter.exportMetrics(collector)).toBe(true);
      }
    }
    const { host } = new URL((await aggregate.serve({ port: 0 })).url);
    const server = await prometheus({ targets: [host], features: ['native-histograms'] });
    await server.waitForScrapes(host, 2);
    const value = async (expr: string) => (await server.query(expr)).map(({ value }) => value);
    expect(await value('histogram_count(took_seconds)')).toEqual([1000]);
    expect(await value('histogram_sum(took_seconds)')).toEqual([expect.closeTo(5050, 6)]);
    const [median] = await value('histogram_quantile(0.5, took_seconds)');
    expect(Math.abs(median! / 5 - 1)).toBeLessThan(0.05);
  },
);

/** A relay that sends on to a server, and a collector with an exporter to it. */
async function throughRelay(write: string, version: 1 | 2 = 1) {
  const relay = createRelay({
    allowOrigins: [],
    token: 'of-pages',
    forward: { url: write, protocol: 'remote-write' },
  });
  const collector = makeCollector();
  collector
    .registerCounter('views_total', '', { labelNames: ['page'] })
    .increment(3, { page: '/' });
  collector.registerHistogram('took_seconds', '', { buckets: [0.1, 1] }).observe(0.5);
  const exporter = new RemoteWriteExporter({
    url: await serveHandler(relay),
    ...{ labels: LABELS, version, bearerToken: 'of-pages' },
  });
  return { collector, exporter };
}

test.skipIf(!hasPrometheus).each([1, 2] as const)(
  'a real Prometheus gets what is sent on, of version %d',
  { timeout: TIMEOUT },
  async (version) => {
    const server = await prometheus({ isReceiver: true });
    const { collector, exporter } = await throughRelay(`${server.url}/api/v1/write`, version);
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(await server.query('views_total')).toEqual([
      { labels: { __name__: 'views_total', ...LABELS, page: '/' }, value: 3 },
    ]);
    const buckets = await server.query('took_seconds_bucket');
    expect(Object.fromEntries(buckets.map(({ labels, value }) => [labels.le, value]))).toEqual({
      '0.1': 0,
      '1.0': 1,
      '+Inf': 1,
    });
  },
);

test.skipIf(!hasVictoriaMetrics)(
  'a real VictoriaMetrics gets what is sent on',
  { timeout: TIMEOUT },
  async () => {
    const url = await startVictoriaMetrics();
    const { collector, exporter } = await throughRelay(`${url}/api/v1/write`);
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(await queryVictoriaMetrics(url, 'views_total{job="pages"}')).toMatchObject([
      { value: 3 },
    ]);
  },
);
