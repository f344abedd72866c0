/** Runs every query of the dashboards in a real Prometheus server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  PeriodicExporter,
  PrometheusAdapter,
  RemoteWriteExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import {
  type GrafanaDashboard,
  type GrafanaOptions,
  grafanaDashboard,
} from 'utilityfog-telemetry/grafana';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMeasuredPage } from '../grafana/measured-page.ts';
import { queriesOf, substituted } from '../grafana/queries.ts';
import { EVERY_KIND, recordAll } from '../grafana/recording.ts';
import { chromiumPath, prometheusPath, requirePart } from '../parts.ts';
import { type PrometheusServer, startPrometheus, waitUntil } from './prometheus-server.ts';

const hasPrometheus = requirePart('prometheus', prometheusPath());
const hasBrowser = requirePart('chromium', chromiumPath());
const TIMEOUT = 300_000;
const rules = fileURLToPath(new URL('../../rules/collector.yml', import.meta.url));
const silent = { warn() {}, error() {} };
/** The instance of the collector that pushes. It has what a regular expression and PromQL must escape. */
const PUSHER = 'a "quoted" \\ (instance).*';

/** Whether the values that a query gives within the last seconds hold one that can be drawn. */
async function hasData({ url }: PrometheusServer, expr: string): Promise<boolean> {
  const end = Date.now() / 1000;
  const range = new URLSearchParams({
    query: expr,
    start: `${end - 15}`,
    end: `${end}`,
    step: '1',
  });
  const response = await fetch(`${url}/api/v1/query_range?${range}`);
  const { error, data } = (await response.json()) as {
    error?: string;
    data?: { result: { values?: [number, string][]; histograms?: unknown[] }[] };
  };
  if (!data) throw new Error(`${expr}: ${error}`);
  return data.result.some(
    ({ values = [], histograms = [] }) =>
      histograms.length > 0 || values.some(([, value]) => value !== 'NaN'),
  );
}

/** Resolves to the queries without data, each with the title of its panel. */
async function withoutData(
  server: PrometheusServer,
  dashboard: GrafanaDashboard,
  chosen: Readonly<Record<string, string>>,
): Promise<string[]> {
  const empty: string[] = [];
  const queries = queriesOf(dashboard);
  expect(queries).not.toEqual([]);
  for (const { title, expr } of queries) {
    const query = substituted(expr, chosen);
    expect(query).not.toContain('$');
    if (!(await hasData(server, query))) empty.push(`${title}: ${query}`);
  }
  return empty;
}

const readTemplate = async (name: string): Promise<GrafanaDashboard> =>
  JSON.parse(await readFile(new URL(`../../grafana/${name}`, import.meta.url), 'utf8'));

describe.skipIf(!hasPrometheus)('in a real Prometheus', { timeout: TIMEOUT }, () => {
  const endings: (() => Promise<unknown> | unknown)[] = [];
  /** It stores native histograms and exemplars, scrapes what there is, and takes what is pushed. */
  let native: PrometheusServer;
  /** It has classic histograms only, and scrapes names beyond ASCII escaped. */
  let classic: PrometheusServer;
  let collector: TelemetryCollector;
  let unicode: TelemetryCollector;
  const hosts = { node: '', unicode: '', page: '', demo: '' };

  beforeAll(async () => {
    collector = new TelemetryCollector({
      ...{ collectionInterval: 0.25, seriesLimit: 200, logger: silent },
      labels: { service: 'shop' },
    });
    endings.push(() => collector.shutdown());
    recordAll(collector);
    unicode = new TelemetryCollector({ collectionInterval: 0.25, names: 'utf8', logger: silent });
    endings.push(() => unicode.shutdown());
    recordUnicode(unicode);
    hosts.node = new URL((await collector.serve({ port: 0 })).url).host;
    hosts.unicode = new URL((await unicode.serve({ port: 0 })).url).host;
    const demo = startDemo();
    endings.push(() => endDemo(demo));
    hosts.demo = await hostOf(demo);
    if (hasBrowser) {
      const page = await openMeasuredPage();
      endings.push(() => page.close());
      hosts.page = page.host;
    }
    const features = ['native-histograms', 'exemplar-storage'];
    const targets = [hosts.node, hosts.demo, ...(hosts.page ? [hosts.page] : [])];
    native = await startPrometheus({ targets, features, isReceiver: true, rules });
    endings.push(() => native.stop());
    classic = await startPrometheus({ targets: [hosts.node, hosts.unicode] });
    endings.push(() => classic.stop());
    await push();
    await collector.startCollection();
    await unicode.startCollection();
    await Promise.all([
      ...targets.map((target) => native.waitForScrapes(target, 5)),
      ...[hosts.node, hosts.unicode].map((target) => classic.waitForScrapes(target, 5)),
    ]);
  }, TIMEOUT);
  afterAll(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  }, TIMEOUT);

  /** Lets exporters deliver, be refused, and fail. */
  async function push() {
    const refusing = createServer((request, response) => {
      request.resume();
      response.writeHead(400).end();
    }).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    endings.push(() => refusing.close());
    const { port } = refusing.address() as AddressInfo;
    const exporters = [
      new RemoteWriteExporter({ url: `${native.url}/api/v1/write`, histograms: 'both' }),
      new RemoteWriteExporter({ url: `http://127.0.0.1:${port}/` }),
      // A file is no folder.
      new PrometheusAdapter(`${rules}/metrics.prom`),
    ];
    for (const exporter of exporters) {
      await new PeriodicExporter(exporter, collector, { interval: 0.5 }).start();
    }
    const toUnicode = new RemoteWriteExporter({
      url: `${native.url}/api/v1/write`,
      histograms: 'classic',
      labels: { job: 'pushed', instance: PUSHER },
    });
    await new PeriodicExporter(toUnicode, unicode, { interval: 0.5 }).start();
  }

  const everyKind = (options?: GrafanaOptions) =>
    grafanaDashboard(collector, {
      metrics: EVERY_KIND,
      annotations: [{ name: 'Order', expr: 'increase(orders_total{$filter}[30s]) > 0' }],
      ...options,
    });
  const here = () => ({ job: 'test', instance: hosts.node });

  test.each([undefined, true])('every kind has data, native: %s', async (native_) => {
    const dashboard = everyKind({ native: native_ });
    await expect.poll(() => withoutData(native, dashboard, here())).toEqual([]);
    await expect.poll(() => withoutData(native, dashboard, {})).toEqual([]);
  });

  test('every kind has data in classic series', async () => {
    await expect.poll(() => withoutData(classic, everyKind({ native: false }), here())).toEqual([]);
  });

  test('only native buckets are missing where a server does not scrape them', async () => {
    const empty = await withoutData(classic, everyKind(), here());
    expect(empty.filter((query) => !query.startsWith('Native: '))).toEqual([]);
    expect(empty).toHaveLength(5);
  });

  test('a heat map shows native buckets where a server has both', async () => {
    const dashboard = everyKind({ metrics: ['both_seconds'] });
    const [{ type, expr }] = queriesOf(dashboard);
    expect(type).toBe('heatmap');
    const query = substituted(expr, { job: 'unknown_job' });
    await waitUntil('both were pushed', 90, async () => {
      const both = ['both_seconds', 'both_seconds_bucket'].map((name) =>
        hasData(native, `increase(${name}{job="unknown_job"}[30s])`),
      );
      return (await Promise.all(both)).every(Boolean);
    });
    const response = await fetch(`${native.url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data: { result: object[] } };
    expect(data.result).toEqual([expect.objectContaining({ histogram: expect.anything() })]);
  });

  test('every series that was chosen by another label has data', async () => {
    const dashboard = everyKind({ variables: ['service'] });
    await expect.poll(() => withoutData(native, dashboard, { service: 'shop' })).toEqual([]);
    const empty = await withoutData(native, dashboard, { service: 'sh.p' });
    expect(empty).toHaveLength(queriesOf(dashboard).length);
  });

  test('names beyond ASCII have data, as they were pushed', async () => {
    const dashboard = grafanaDashboard(unicode);
    const empty = await waitForData(dashboard, { job: 'pushed', instance: PUSHER });
    expect(empty).toEqual([]);
  });

  /** Delivery takes its time. A query that this server cannot parse is left out. */
  async function waitForData(dashboard: GrafanaDashboard, chosen: Record<string, string>) {
    const understood = {
      ...dashboard,
      // Labels in quotes need Prometheus 3.
      panels: dashboard.panels.filter(({ targets }) => !targets?.[0]?.expr.includes('by ("')),
    };
    expect(understood.panels).toHaveLength(dashboard.panels.length - 2);
    let empty: string[] = [];
    await waitUntil('what was pushed has data', 90, async () => {
      empty = await withoutData(native, understood, chosen);
      return empty.length === 0;
    }).catch(() => {});
    return empty;
  }

  test('names beyond ASCII have data, as they are scraped escaped', async () => {
    const dashboard = grafanaDashboard(unicode, { escaping: 'underscores' });
    const chosen = { job: 'test', instance: hosts.unicode };
    await expect.poll(() => withoutData(classic, dashboard, chosen)).toEqual([]);
  });

  test.each(['collector.json', 'system.json', 'node.json', 'http.json'])(
    '%s has data',
    async (name) => {
      const template = await readTemplate(name);
      await expect.poll(() => withoutData(native, template, here())).toEqual([]);
      await expect.poll(() => withoutData(classic, template, here())).toEqual([]);
    },
  );

  test.skipIf(!hasBrowser)('browser.json has data of a page', async () => {
    const chosen = { job: 'test', instance: hosts.page };
    const template = await readTemplate('browser.json');
    await expect.poll(() => withoutData(native, template, chosen)).toEqual([]);
  });

  test('the variables offer what there is', async () => {
    const values = async (query: string) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
      const match = new URLSearchParams({ 'match[]': substituted(selector, { job: 'test' }) });
      const response = await fetch(`${native.url}/api/v1/label/${label}/values?${match}`);
      return ((await response.json()) as { data: string[] }).data;
    };
    const [, job, instance] = everyKind().templating.list;
    expect(await values(job.query as string)).toEqual(
      expect.arrayContaining(['pushed', 'test', 'unknown_job']),
    );
    const ofJob = await values(instance.query as string);
    expect(ofJob).toEqual(expect.arrayContaining([hosts.node, hosts.demo]));
    expect(ofJob).not.toContain(PUSHER);
  });

  test('queries that ask for exemplars get them', async () => {
    const [orders] = queriesOf(everyKind());
    const found = await native.exemplars(substituted(orders.expr, here()));
    expect(found[0]?.exemplars[0]?.labels).toEqual({ trace_id: 'abc' });
  });

  describe('of the headless demo', () => {
    const ofDemo = () => ({ job: 'test', instance: hosts.demo });
    /** Nothing of this happens in the demo, which pushes nothing and does not fail. */
    const NOTHING =
      /^(Share of exports|Errors|Refusals|Exports|Recordings beyond|Series that|Bytes that|Requests that|Age of|Time until)/;

    test('system.json has data', async () => {
      const template = await readTemplate('system.json');
      await expect.poll(() => withoutData(native, template, ofDemo())).toEqual([]);
    });

    test('collector.json has data, but for what has not happened', async () => {
      const empty = await withoutData(native, await readTemplate('collector.json'), ofDemo());
      expect(empty.filter((query) => !NOTHING.test(query))).toEqual([]);
    });
  });

  test('the alert rules are loaded, and can be evaluated', async () => {
    const read = async () => {
      const response = await fetch(`${native.url}/api/v1/rules`);
      const { data } = (await response.json()) as {
        data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
      };
      return data.groups.flatMap((group) => group.rules);
    };
    await waitUntil('all rules were evaluated', 90, async () => {
      return (await read()).every(({ health }) => health !== 'unknown');
    });
    const all = await read();
    expect(all).toHaveLength(9);
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  });
});

function recordUnicode(collector: TelemetryCollector): void {
  const requests = collector.registerCounter('http.requests_total', 'Requests');
  const routes = collector.registerCounter('http.routes', '', { labelNames: ['http.route'] });
  const sizes = collector.registerHistogram('größe.bytes', '', { buckets: [10, 100] });
  const phase = collector.registerStateSet('door.phase', '', { states: ['open', 'closed'] });
  collector.registerInfo('dienst.version_info', '', { labels: { version: '1' } });
  collector.addHook('collection', () => {
    requests.increment();
    routes.increment(1, { 'http.route': '/' });
    sizes.observe(Math.random() * 100);
    phase.set('closed');
  });
}

function startDemo(): ChildProcess {
  const script = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));
  return spawn(process.execPath, [script, '--headless', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function hostOf(demo: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: demo.stdout! })) {
    const found = /(http:\S+)/.exec(line);
    if (found) return new URL(found[1]).host;
  }
  throw new Error('the demo ended without saying where it serves');
}

async function endDemo(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null || demo.signalCode !== null) return;
  demo.kill('SIGTERM');
  await once(demo, 'exit');
}
