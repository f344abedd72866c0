/** Compares what a real Prometheus server, with native histograms switched on, holds with what was recorded. */
import type { TelemetryCollector } from 'utilityfog-telemetry';
import { afterEach, expect, test } from 'vitest';
import { joinThread, makeCollector } from '../collectors.ts';
import { prometheusPath, requirePart } from '../parts.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());
const FEATURES = ['native-histograms', 'exemplar-storage'];

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Starts a server that has scraped what the collector holds now. */
async function scraped(
  collector: TelemetryCollector,
  features?: readonly string[],
): Promise<PrometheusServer> {
  const { host } = new URL((await collector.serve({ port: 0 })).url);
  const prometheus = await startPrometheus({ targets: [host], ...(features && { features }) });
  endings.push(() => prometheus.stop());
  await prometheus.waitForScrapes(host, 2);
  return prometheus;
}

async function resultOf(prometheus: PrometheusServer, expr: string): Promise<number | undefined> {
  const samples = await prometheus.query(expr);
  expect(samples.length, expr).toBeLessThan(2);
  return samples[0]?.value;
}

test.skipIf(!hasPrometheus)(
  'a real Prometheus server gets native buckets as they were counted',
  { timeout: 300_000 },
  async () => {
    const collector = makeCollector({ link: 'auto' });
    const native = { schema: 3, maxBuckets: 160 };
    const alone = collector.registerHistogram('alone_seconds', '', { native });
    const both = collector.registerHistogram('both_seconds', '', { native, buckets: [0.5, 5] });
    const classic = collector.registerHistogram('classic_seconds', '', { buckets: [0.5, 5] });
    collector.registerHistogram('empty_seconds', '', { native });
    for (let i = 1; i <= 1000; i++) {
      for (const histogram of [alone, both, classic]) histogram.observe(i / 100);
    }
    for (const value of [-2, 0, Infinity]) alone.observe(value);
    const other = joinThread(collector);
    const ended = other.registerHistogram('ended_seconds', '', { native });
    ended.observe(3);
    ended.observe(1e-9);
    await other.shutdown();
    collector.registerHistogram('ended_seconds', '', { native }).observe(3);

    const prometheus = await scraped(collector, FEATURES);
    const counts = (name: string) => resultOf(prometheus, `histogram_count(${name})`);
    expect(await counts('alone_seconds')).toBe(1003);
    expect(await counts('both_seconds')).toBe(1000);
    expect(await counts('empty_seconds')).toBe(0);
    expect(await counts('ended_seconds')).toBe(3);
    expect(await resultOf(prometheus, 'histogram_sum(both_seconds)')).toBeCloseTo(5005, 6);
    expect(await resultOf(prometheus, 'histogram_sum(ended_seconds)')).toBeCloseTo(6, 6);
    // A bucket is 9 % wide, and this server takes values to be spread evenly over it.
    for (const q of [0.1, 0.5, 0.9]) {
      const estimate = (await resultOf(prometheus, `histogram_quantile(${q}, both_seconds)`))!;
      expect(Math.abs(estimate / (10 * q) - 1)).toBeLessThan(0.05);
    }
    const below = await resultOf(prometheus, 'histogram_fraction(-Inf, 0, alone_seconds) * 1003');
    expect(below).toBeCloseTo(1.5, 6);
    expect(await resultOf(prometheus, 'classic_seconds_bucket{le="0.5"}')).toBe(50);
    expect(await resultOf(prometheus, 'classic_seconds_bucket{le="+Inf"}')).toBe(1000);
    expect(await resultOf(prometheus, 'classic_seconds_sum')).toBeCloseTo(5005, 6);
  },
);

test.skipIf(!hasPrometheus)(
  'a real Prometheus server gets every kind as OpenMetrics',
  { timeout: 300_000 },
  async () => {
    const collector = makeCollector({ link: 'auto' });
    const native = { schema: 3 };
    const both = collector.registerHistogram('both_seconds', '', { native, buckets: [0.5, 5] });
    const summary = collector.registerSummary('taken_seconds', '', { quantiles: [0.5, 1] });
    for (let i = 1; i <= 1000; i++) {
      both.observe(i / 100);
      summary.observe(i / 100);
    }
    collector.registerInfo('build_info', '', { labels: { version: '1.2' } });
    collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
    const before = Date.now() / 1000;

    const prometheus = await scraped(collector);
    expect(await resultOf(prometheus, 'both_seconds_bucket{le="5.0"}')).toBe(500);
    expect(await resultOf(prometheus, 'both_seconds_count')).toBe(1000);
    expect(Math.abs((await resultOf(prometheus, 'both_seconds_created'))! - before)).toBeLessThan(
      20,
    );
    expect(await resultOf(prometheus, 'taken_seconds_count')).toBe(1000);
    const median = (await resultOf(prometheus, 'taken_seconds{quantile="0.5"}'))!;
    expect(Math.abs(median / 5 - 1)).toBeLessThan(0.012);
    expect(await resultOf(prometheus, 'build_info{version="1.2"}')).toBe(1);
    expect(await resultOf(prometheus, 'phase{phase="busy"}')).toBe(1);
    expect(await resultOf(prometheus, 'phase{phase="idle"}')).toBe(0);
  },
);

/** Records exemplars of every kind. */
function recordExemplars(collector: TelemetryCollector): void {
  const buckets = [0.5, 5];
  const native = { schema: 3 };
  const requests = collector.registerCounter('requests_total', '', { labelNames: ['method'] });
  // This server does not undo escapes in the exemplars of a text.
  requests.increment(2, { method: 'GET' }, { exemplar: { trace_id: 'ü:1', span_id: '1' } });
  requests.increment(2, { method: 'PUT' });
  const classic = collector.registerHistogram('classic_seconds', '', { buckets });
  const both = collector.registerHistogram('both_seconds', '', { buckets, native });
  for (const histogram of [classic, both]) {
    histogram.observe(0.25, undefined, { exemplar: { trace_id: 'low' } });
    histogram.observe(3, undefined, { exemplar: { trace_id: 'mid' } });
    histogram.observe(9);
  }
  const exemplars = () => ({ trace_id: 'asked' });
  collector.registerHistogram('alone_seconds', '', { native, exemplars }).observe(7);
}

test.skipIf(!hasPrometheus).each([
  ['protobuf', FEATURES],
  ['OpenMetrics', ['exemplar-storage']],
] as const)(
  'a real Prometheus server gets exemplars in %s',
  { timeout: 300_000 },
  async (_, on) => {
    const collector = makeCollector({ link: 'auto' });
    const before = Date.now() / 1000;
    recordExemplars(collector);
    const after = Date.now() / 1000;
    const isProtobuf = on === FEATURES;
    const prometheus = await scraped(collector, on);
    const of = async (name: string) => {
      const found = await prometheus.exemplars(`{__name__=~"${name}"}`);
      const all = found.flatMap(({ labels: { __name__, le, method }, exemplars }) =>
        exemplars.map((one) => ({ __name__, le, method, ...one })),
      );
      for (const { timestamp } of all) {
        // The server keeps milliseconds.
        expect(timestamp).toBeGreaterThan(before - 0.002);
        expect(timestamp).toBeLessThan(after + 0.002);
      }
      return all
        .map(({ __name__, le, method, labels, value }) => [__name__, le ?? method, labels, value])
        .sort(([, , , a], [, , , b]) => Number(a) - Number(b));
    };
    expect(await of('requests_total')).toEqual([
      ['requests_total', 'GET', { trace_id: 'ü:1', span_id: '1' }, 2],
    ]);
    const [low, mid] = [{ trace_id: 'low' }, { trace_id: 'mid' }];
    expect(await of('classic_seconds_bucket')).toEqual([
      ['classic_seconds_bucket', '0.5', low, 0.25],
      ['classic_seconds_bucket', '5.0', mid, 3],
    ]);
    // With native histograms on, this server knows no buckets of these any more, and takes the first exemplar only.
    expect(await of('both_seconds.*')).toEqual(
      isProtobuf
        ? [['both_seconds', undefined, low, 0.25]]
        : [
            ['both_seconds_bucket', '0.5', low, 0.25],
            ['both_seconds_bucket', '5.0', mid, 3],
          ],
    );
    expect(await of('alone_seconds.*')).toEqual([
      isProtobuf
        ? ['alone_seconds', undefined, { trace_id: 'asked' }, 7]
        : ['alone_seconds_bucket', '+Inf', { trace_id: 'asked' }, 7],
    ]);
  },
);
