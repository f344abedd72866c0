/**
 * Many short-lived pages send through a relay, behind a network that loses requests and answers. At the end
 * Prometheus, which scrapes the relay's collector, and VictoriaMetrics, which it pushes to, have what has arrived.
 * `npm run test:pages` does the same with as many pages as you like.
 */
import { RemoteWriteExporter } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { expect, it, onTestFinished } from 'vitest';
import { startPrometheus } from '../backends/prometheus-server.ts';
import { queryVictoriaMetrics, startVictoriaMetrics } from '../backends/receivers.ts';
import { makeCollector } from '../collectors.ts';
import { prometheusPath, requirePart, victoriaMetricsPath } from '../parts.ts';
import { simulatePages } from './simulated-pages.ts';

const { PAGES = '150', PAGES_SEED = '1' } = process.env;
const pages = Number(PAGES);

const hasAll = [
  requirePart('prometheus', prometheusPath()),
  requirePart('victoriaMetrics', victoriaMetricsPath()),
].every(Boolean);

it.skipIf(!hasAll)(
  'what pages have lost is explained, and nothing counts twice',
  { timeout: 120_000 + 200 * pages },
  async () => {
    const aggregate = makeCollector({ link: 'auto' });
    const relay = createRelay({
      allowOrigins: '*',
      aggregate,
      families: [
        { name: 'views_total', type: 'counter', labelNames: ['route'] },
        { name: 'took_seconds', type: 'histogram', buckets: [0.1, 1] },
      ],
    });
    const { host } = new URL((await aggregate.serve({ port: 0 })).url);
    const prometheus = await startPrometheus({ targets: [host] });
    onTestFinished(() => prometheus.stop());
    const victoriaMetrics = await startVictoriaMetrics();
    const options = { pages, atOnce: 50, seed: Number(PAGES_SEED) };
    const simulated = await simulatePages(relay, options);
    await prometheus.waitForScrapes(host, 2);
    const value = async (expr: string) => (await prometheus.query(expr))[0]?.value ?? 0;
    const views = await value('sum(views_total)');
    const { recorded, acknowledged, unanswered, unsent, taken } = simulated;
    if (process.env.PAGES) console.log({ ...simulated, views });
    // To the last one, although requests whose answers were lost were sent again.
    expect(views).toBe(taken);
    expect(recorded).toBe(acknowledged + unanswered + unsent);
    expect(views).toBeGreaterThanOrEqual(acknowledged);
    expect(views).toBeLessThanOrEqual(acknowledged + unanswered);
    expect(await value('took_seconds_count')).toBe(simulated.observed);
    // However many pages there are, they are one set of series.
    expect(await value('count(views_total)')).toBe(4);
    const url = `${victoriaMetrics}/api/v1/write`;
    const push = new RemoteWriteExporter({ url, labels: { job: 'pages', instance: 'relay' } });
    expect(await push.exportMetrics(aggregate)).toBe(true);
    const pushed = await queryVictoriaMetrics(victoriaMetrics, 'sum(views_total{job="pages"})');
    expect(pushed.map((one) => one.value)).toEqual([views]);
  },
);
