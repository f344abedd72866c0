import { Worker } from 'node:worker_threads';
import { alerting } from 'utilityfog-telemetry/alerting';
import { history } from 'utilityfog-telemetry/history';
import { promql } from 'utilityfog-telemetry/promql';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const script = new URL('../../dist/worker.js', import.meta.url).href;

/** Opens the totals slowly, and the history as fast as ever. */
const slowToOpen = () =>
  new Worker(
    `const files = require('node:fs/promises');
     const { rename } = files;
     files.rename = async (from, to) => {
       if (!String(to).includes('part')) await new Promise((resolve) => setTimeout(resolve, 400));
       await rename(from, to);
     };
     import(${JSON.stringify(script)});`,
    { eval: true },
  );

const rules = `groups:
  - name: queue
    interval: 50ms
    rules: [{ alert: QueueFull, expr: queue_size > 5, for: 1h }]
`;

// Rules were evaluated over the history of the process before, while what was known of their alerts still came. So
// these were taken for new.
it('rules wait for what is known of their alerts', async () => {
  const persist = { name: 'app', directory: await makeFolder() };
  const begin = async (more: object) => {
    const feature = alerting({ rules });
    const use = [history(), promql(), feature];
    const collector = makeCollector({ persist, use, collectionInterval: 0.05, ...more });
    const told: unknown[] = [];
    collector.addHook('alert', (alert) => void told.push(alert));
    collector.registerGauge('queue_size').set(9);
    await collector.startCollection();
    const alerts = () => collector.feature(feature).alerts();
    await expect.poll(alerts).toHaveLength(1);
    const activeAt = (await alerts())[0]!.activeAt;
    await collector.shutdown();
    return { activeAt, told };
  };
  const first = await begin({});
  expect(first.told).toHaveLength(1);
  const next = await begin({ worker: slowToOpen, link: 'shared' });
  expect(next.activeAt).toBe(first.activeAt);
  expect(next.told).toEqual([]);
});
