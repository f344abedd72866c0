/** Compares what a real Prometheus server holds after a scrape with what was recorded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  formatPrometheus,
  setupHealthHooks,
  setupRuntimeHooks,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { prometheusPath, promtoolPath, requirePart } from '../parts.ts';
import {
  type PrometheusOptions,
  type PrometheusServer,
  startPrometheus,
  waitUntil,
} from './prometheus-server.ts';
import { checkMetrics } from './promtool.ts';

/** A label value with every character that has a meaning in the format. */
const AWKWARD = 'a "quoted" \\ back\nslash, ünïcode 🛒 {x="y"} 1';

/** Enough for a few seconds. */
const STEPS = 20_000;

const hasPrometheus = requirePart('prometheus', prometheusPath());
const hasPromtool = requirePart('promtool', promtoolPath());

/** The series as `name{label=value,…}`, without the labels that the server adds. */
function key({ __name__: name, instance, job, ...labels }: Readonly<Record<string, string>>) {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name}{${pairs.sort().join(',')}}`;
}

/** All series that match the selector, by `key`. */
async function read(prometheus: PrometheusServer, selector: string) {
  const samples = await prometheus.query(selector);
  return Object.fromEntries(samples.map(({ labels, value }) => [key(labels), value]));
}

describe.skipIf(!hasPrometheus)('a real Prometheus server', { timeout: 300_000 }, () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  const prometheusFor = async (options: PrometheusOptions) => {
    const prometheus = await startPrometheus(options);
    endings.push(() => prometheus.stop());
    return prometheus;
  };

  describe('scrapes serve()', () => {
    let collector: TelemetryCollector;
    beforeEach(() => {
      collector = new TelemetryCollector({ collectionInterval: 0.5, labels: { service: 'shop' } });
      endings.push(() => collector.shutdown());
    });

    test('and returns exactly the totals that were recorded over several runs', async () => {
      const orders = collector.registerCounter('orders_total', 'Orders', {
        labelNames: ['country', 'note'],
      });
      const volume = collector.registerGauge('tank_volume_litres', 'Volume');
      const durations = collector.registerHistogram('order_duration_seconds', 'Durations', {
        buckets: [0.1, 0.5, 2.5],
      });
      let runs = 0;
      collector.addHook('collection', () => runs++);
      await collector.startCollection();
      const { host } = new URL((await collector.serve({ port: 0 })).url);
      const prometheus = await prometheusFor({ targets: [host] });

      let sum = 0;
      for (let round = 1; round <= 5; round++) {
        orders.increment(round, { country: 'de', note: AWKWARD });
        orders.increment(0.1, { country: 'fr', note: '' });
        volume.set(-1.5 * round);
        for (const seconds of [0.05, 0.1, 0.3, 2.5, 70 / 3]) {
          durations.observe(seconds);
          sum += seconds;
        }
        await prometheus.waitForScrapes(host, 1);
      }
      // The first of these scrapes may have begun while the last round was recorded.
      await prometheus.waitForScrapes(host, 2);

      expect(runs).toBeGreaterThan(3);
      const all = await read(prometheus, '{__name__=~"orders.*|tank.*|order_d.*"}');
      // This server takes the time of creation for a sample.
      const times = Object.entries(all).filter(([name]) => name.includes('_created{'));
      expect(times).toHaveLength(3);
      for (const [, time] of times) expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(300);
      expect(
        Object.fromEntries(Object.entries(all).filter(([name]) => !name.includes('_created{'))),
      ).toEqual({
        [`orders_total{country=de,note=${AWKWARD},service=shop}`]: 15,
        'orders_total{country=fr,service=shop}': 0.1 + 0.1 + 0.1 + 0.1 + 0.1,
        'tank_volume_litres{service=shop}': -7.5,
        'order_duration_seconds_bucket{le=0.1,service=shop}': 10,
        'order_duration_seconds_bucket{le=0.5,service=shop}': 15,
        'order_duration_seconds_bucket{le=2.5,service=shop}': 20,
        'order_duration_seconds_bucket{le=+Inf,service=shop}': 25,
        'order_duration_seconds_count{service=shop}': 25,
        'order_duration_seconds_sum{service=shop}': sum,
      });
      // Prometheus saw the rounds come in one after the other, and never a counter that went back.
      const [changes] = await prometheus.query('changes(order_duration_seconds_count[1h])');
      expect(changes.value).toBeGreaterThanOrEqual(4);
      for (const name of ['orders_total', 'order_duration_seconds_bucket']) {
        const resets = await prometheus.query(`resets(${name}[1h])`);
        expect(resets.map(({ value }) => value)).toEqual(resets.map(() => 0));
      }
    });

    test('knows the type, help and unit-free name of every family', async () => {
      collector.registerCounter('orders_total', 'Orders\nof \\ all');
      collector.registerGauge('tank_volume_litres', 'Volume');
      collector.registerHistogram('order_duration_seconds', 'Durations');
      const { host } = new URL((await collector.serve({ port: 0 })).url);
      const prometheus = await prometheusFor({ targets: [host] });
      await prometheus.waitForScrapes(host, 1);
      const response = await fetch(`${prometheus.url}/api/v1/metadata`);
      const { data } = (await response.json()) as { data: Record<string, unknown> };
      expect(data).toMatchObject({
        // It has scraped OpenMetrics, which names a family without the suffix of its sample.
        orders: [{ type: 'counter', help: 'Orders\nof \\ all', unit: '' }],
        tank_volume_litres: [{ type: 'gauge', help: 'Volume', unit: '' }],
        order_duration_seconds: [{ type: 'histogram', help: 'Durations', unit: '' }],
        telemetry_collection_runs: [{ type: 'counter' }],
      });
    });

    test('with the token it asks for, and not without', async () => {
      collector.registerCounter('orders_total', 'Orders').increment(3);
      const { url } = await collector.serve({ port: 0, bearerToken: 'secret' });
      const { host } = new URL(url);
      const refused = await prometheusFor({ targets: [host] });
      const prometheus = await prometheusFor({
        targets: [host],
        scrapeConfig: '    authorization: { credentials: secret }\n',
      });
      await prometheus.waitForScrapes(host, 1);
      expect(await read(prometheus, 'orders_total')).toEqual({ 'orders_total{service=shop}': 3 });
      await waitUntil('the other was refused', 90, async () => {
        const [up] = await refused.query('up');
        return up?.value === 0;
      });
      expect(await refused.query('orders_total')).toEqual([]);
    });
  });

  test("holds the headless demo's own totals, to the last bit", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const totalsFile = join(folder, 'totals.json');
    // Prometheus takes seconds to begin. It must be scraping before the steps, to see them rise.
    const port = await freePort();
    const target = `127.0.0.1:${port}`;
    const prometheus = await prometheusFor({ targets: [target] });
    await waitUntil('the first attempt to scrape', 90, async () => {
      return (await prometheus.query('up')).length > 0;
    });
    const demo = startDemo([
      '--port',
      `${port}`,
      '--steps',
      `${STEPS}`,
      '--totals-file',
      totalsFile,
    ]);
    endings.push(() => endDemo(demo));
    await lineWith(demo, 'still serving');
    await prometheus.waitForScrapes(target, 2);

    const { series } = JSON.parse(await readFile(totalsFile, 'utf8')) as {
      series: { name: string; labels: Record<string, string>; value: number }[];
    };
    const expected = series.map(({ name, labels, value }) => [
      key({ __name__: name, ...labels }),
      value,
    ]);
    expect(expected.length).toBeGreaterThan(50);
    const scraped = await read(prometheus, '{__name__!=""}');
    const found = expected.map(([name]) => [name, scraped[name]]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    expect(scraped['foglets_steps_total{}']).toBe(STEPS);
    // It was scraped while it ran, not only after its end.
    const [changes] = await prometheus.query('changes(foglets_steps_total[1h])');
    expect(changes.value).toBeGreaterThan(0);

    expect(await endDemo(demo)).toBe(0);
  });
});

/** These names break the customs and are kept, since our own interface and existing dashboards use them. */
const CUSTOMARY_NAMES = [
  'nodejs_active_handles_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_requests_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_resources_total non-counter metrics should not have "_total" suffix',
  'telemetry_metrics_count non-histogram and non-summary metrics should not have "_count" suffix',
];

test.skipIf(!hasPromtool)(
  'promtool complains of nothing but the names that are customary',
  async () => {
    await using collector = new TelemetryCollector({ collectionInterval: 30 });
    const orders = collector.registerCounter('orders_total', 'Orders', { labelNames: ['note'] });
    // The server accepts a line break inside a label value; other readers of the format do not.
    orders.increment(1, { note: AWKWARD });
    collector.registerGauge('tank_volume_litres', 'Volume\nin \\ "litres"').set(1);
    collector.registerHistogram('order_duration_seconds', 'Durations').observe(1);
    setupHealthHooks(collector);
    setupRuntimeHooks(collector);
    await collector.startCollection();
    const text = await formatPrometheus(collector);
    expect(await checkMetrics(text)).toEqual({ lint: CUSTOMARY_NAMES });
    // The check itself finds what is wrong.
    expect((await checkMetrics('orders_total one\n')).parseError).toContain('expected float');
    expect((await checkMetrics('orders_total 1\n')).lint).toEqual(['orders_total no help text']);
  },
);

const root = fileURLToPath(new URL('../../', import.meta.url));

function startDemo(options: string[]): ChildProcess {
  const script = join(root, 'scripts/start.mjs');
  return spawn(process.execPath, [script, '--headless', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Resolves to its exit code after SIGTERM, or after whatever ended it before. */
async function endDemo(demo: ChildProcess): Promise<number | null> {
  if (demo.exitCode === null && demo.signalCode === null) {
    demo.kill('SIGTERM');
    await once(demo, 'exit');
  }
  return demo.exitCode;
}

async function lineWith(program: ChildProcess, text: string): Promise<string> {
  for await (const line of createInterface({ input: program.stdout! })) {
    if (line.includes(text)) return line;
  }
  throw new Error(`the program ended without printing "${text}"`);
}
