import { ConsoleExporter } from 'utilityfog-telemetry';
import { expect, it } from 'vitest';
import { makeCollector } from '../collectors.ts';

it('a console exporter shows a table that a person can read', async () => {
  const collector = makeCollector({ labels: { job: 'x' } });
  const counter = collector.registerCounter('requests_total', '', { labelNames: ['path'] });
  counter.increment(3, { path: '/' });
  counter.increment(1, { path: `/\u001b[2J${'long'.repeat(50)}` });
  const histogram = collector.registerHistogram('taken_seconds', '', { buckets: [1] });
  for (const value of [0.1, 0.25]) histogram.observe(value);
  collector.registerHistogram('none_seconds', '', { native: true });
  collector.registerSummary('wait_seconds', '', { quantiles: [0.5] });
  collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
  collector.registerStateSet('flags', '', { states: ['a', 'b'], multiple: true });
  collector.registerGauge('depth').set(Number.NaN);
  const tables: string[] = [];
  const write = (table: string) => void tables.push(table);
  expect(await new ConsoleExporter({ write }).exportMetrics(collector)).toBe(true);
  const [first, ...lines] = tables[0]!.split('\n');
  expect(first).toMatch(/^metrics at \d{4}-\d\d-\d\dT/);
  const path = `job=x path=/·[2J${'long'.repeat(50)}`;
  const labels = (text: string) => text.padEnd(60);
  expect(lines).toEqual([
    `metric          ${labels('labels')}  value`,
    `--------------  ${'-'.repeat(60)}  -----`,
    `requests_total  ${labels('job=x path=/')}  3`,
    `requests_total  ${path.slice(0, 59)}…  1`,
    `taken_seconds   ${labels('job=x')}  count 2  mean 0.175`,
    `none_seconds    ${labels('job=x')}  count 0  mean -`,
    `wait_seconds    ${labels('job=x')}  count 0  mean -  q0.5 -`,
    `phase           ${labels('job=x')}  busy`,
    `flags           ${labels('job=x')}  (none)`,
    `depth           ${labels('job=x')}  NaN`,
  ]);
  await new ConsoleExporter({ write, own: true }).exportMetrics(collector);
  expect(tables[1]).toContain('telemetry_collection_runs_total');
  const failing = new ConsoleExporter({
    write() {
      throw new Error('closed');
    },
  });
  expect(await failing.exportMetrics(collector)).toBe(false);
});
