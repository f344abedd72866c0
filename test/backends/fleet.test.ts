/** Many senders push to an engine, whose recording rules add them up. */
import { join } from 'node:path';
import { RemoteWriteExporter } from 'utilityfog-telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { root } from '../docs/markdown.ts';
import { prometheusPath, requirePart, victoriaMetricsPath } from '../parts.ts';
import { startPrometheus } from './prometheus-server.ts';
import { queryVictoriaMetrics, startVictoriaMetrics, startVmalert } from './receivers.ts';

const TIMEOUT = 300_000;
const RULES = join(root, 'docs/fleet-rules.yml');

/** Makes senders, each of which pushes all that it has counted. Together they count so many. */
async function pushFromMany(url: string, senders: number): Promise<number> {
  let total = 0;
  const pushed = Array.from({ length: senders }, async (_, i) => {
    const collector = makeCollector();
    collector.registerCounter('orders_total').increment(i + 1);
    total += i + 1;
    const labels = { job: 'shop' };
    const exporter = new RemoteWriteExporter({ url: `${url}/api/v1/write`, labels });
    expect(await exporter.exportMetrics(collector)).toBe(true);
  });
  await Promise.all(pushed);
  return total;
}

it.skipIf(!requirePart('prometheus', prometheusPath()))(
  'Prometheus adds up what many senders push',
  { timeout: TIMEOUT },
  async () => {
    const server = await startPrometheus({ targets: [], isReceiver: true, rules: RULES });
    onTestFinished(() => server.stop());
    const total = await pushFromMany(server.url, 20);
    expect(await server.query('count(orders_total)')).toMatchObject([{ value: 20 }]);
    await expect
      .poll(() => server.query('job:orders:sum'))
      .toMatchObject([{ labels: { job: 'shop' }, value: total }]);
  },
);

it.skipIf(!requirePart('victoriaMetrics', victoriaMetricsPath()))(
  'vmalert adds up what many senders push to VictoriaMetrics',
  { timeout: TIMEOUT },
  async () => {
    const url = await startVictoriaMetrics();
    const total = await pushFromMany(url, 20);
    startVmalert(RULES, url);
    await expect
      .poll(() => queryVictoriaMetrics(url, 'job:orders:sum'))
      .toMatchObject([{ labels: { job: 'shop' }, value: total }]);
  },
);
