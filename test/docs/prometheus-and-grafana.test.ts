/** Follows docs/prometheus-and-grafana.md: its program, its configuration, its rules and its queries, in a real Prometheus. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PrometheusServer,
  startPrometheus,
  waitUntil,
} from '../backends/prometheus-server.ts';
import { queriesOf, substituted } from '../grafana/queries.ts';
import { prometheusPath, requirePart } from '../parts.ts';
import { blocksOf, root } from './markdown.ts';

const blocks = blocksOf('docs/prometheus-and-grafana.md');
const codeOf = (language: string) =>
  blocks.filter((block) => block.language === language).map(({ code }) => code.trim());

const hasPrometheus = requirePart('prometheus', prometheusPath());

describe.skipIf(!hasPrometheus)('the way to a graph', { timeout: 120_000 }, () => {
  const endings: (() => Promise<unknown>)[] = [];
  let prometheus: PrometheusServer;
  let server: ChildProcess;
  let app = '';

  beforeAll(async () => {
    const folder = join(root, 'test/.parts/graph');
    await mkdir(folder, { recursive: true });
    const [program] = codeOf('js');
    // The ports of the page may be taken here. The application says which it has instead.
    const runnable = program!
      .replace('port: 9464', 'port: 0')
      .replace('app.listen(8000,', 'app.listen(0,')
      .concat("\nconsole.log('http://127.0.0.1:' + app.address().port);\n");
    await writeFile(join(folder, 'server.mjs'), runnable);
    server = spawn(process.execPath, [join(folder, 'server.mjs')]);
    endings.push(() => ended(server));
    const lines = createInterface({ input: server.stdout! })[Symbol.asyncIterator]();
    const target = new URL((await lines.next()).value!).host;
    app = (await lines.next()).value!;

    const [scrapes, alerts, rules] = codeOf('yaml');
    await writeFile(join(folder, 'alerts.yml'), alerts!.replace('for: 10s', 'for: 1s'));
    const config = `${scrapes}\n${rules}`
      .replaceAll('_interval: 5s', '_interval: 1s')
      .replace('127.0.0.1:9464', target)
      .replace('alerts.yml', join(folder, 'alerts.yml'))
      .replaceAll('node_modules/utilityfog-telemetry/', root);
    prometheus = await startPrometheus({ targets: [], config });
    endings.push(() => prometheus.stop());
    const rate = async () => {
      await Promise.all(['/', '/slow'].map((path) => fetch(app + path)));
      const [slow] = await prometheus.query('sum(rate(http_requests_total{route="/slow"}[1m]))');
      return (slow?.value ?? 0) > 0;
    };
    await waitUntil('the requests have a rate', 60, rate);
  }, 120_000);
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  it('has queries, which all have an answer', async () => {
    const queries = codeOf('promql');
    expect(queries.length).toBe(4);
    for (const query of queries) {
      const values = (await prometheus.query(query)).map(({ value }) => value);
      expect(values, query).not.toEqual([]);
      expect(
        values.every((value) => value > 0),
        query,
      ).toBe(true);
    }
    const slowest = await prometheus.query(queries[1]!);
    const slow = slowest.find(({ labels }) => labels.http_route === '/slow');
    expect(slow?.value).toBeGreaterThan(0.25);
  });

  it('has rules that are loaded', async () => {
    const answer = await (await fetch(`${prometheus.url}/api/v1/rules`)).json();
    const { groups } = (answer as { data: { groups: { name: string }[] } }).data;
    expect(groups.map(({ name }) => name).sort()).toEqual(['http', 'node', 'shop']);
  });

  it('leads to a dashboard whose queries all have an answer', async () => {
    const dashboard = JSON.parse(await readFile(join(root, 'grafana/http.json'), 'utf8'));
    for (const { title, expr } of queriesOf(dashboard)) {
      const query = substituted(expr, { job: 'shop' });
      // A share of two rates is no number if there was no request.
      const [first] = await prometheus.query(query);
      expect(first, `${title}: ${query}`).toBeDefined();
    }
  });

  it('has an alert that fires when the server ends', async () => {
    await ended(server);
    const fires = async () => {
      const firing = await prometheus.query('ALERTS{alertname="ShopDown",alertstate="firing"}');
      return firing.length === 1;
    };
    await waitUntil('the alert fires', 60, fires);
  });
});

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill();
  await closed;
}
