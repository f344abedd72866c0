/** Tests alerts in a page that is stuck, and in one that is loaded again while an alert is pending. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver } from './drivers/driver.ts';
import { inModulePage } from './module-page.ts';

interface Stuck {
  readonly link: string;
  /** When the page was stuck, in seconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** When each alert fired, as the history has it. */
  readonly firing: Readonly<Record<string, readonly number[]>>;
}
interface Lived {
  readonly began: number;
  readonly states: readonly string[];
  readonly activeAt: number;
  readonly evaluated: readonly number[];
  readonly firing: readonly number[];
}

declare global {
  interface Window {
    beStuck(seconds: number): Promise<Stuck>;
    live(hold: string, until: string): Promise<Lived>;
  }
}

const PAGE = `
import { TelemetryCollector } from '/pkg/index.js';
import { alerting } from '/pkg/alerting.js';
import { history } from '/pkg/history.js';
import { promql } from '/pkg/promql.js';

const start = async (rules, more) => {
  const group = { name: 'g', interval: '100ms', rules };
  const collector = new TelemetryCollector({
    collectionInterval: 0.05,
    use: [history(), promql(), alerting({ rules: { groups: [group] } })],
    ...more,
  });
  const turns = collector.registerCounter('turns_total');
  const ran = new Promise((resolve) => collector.addHook('collection', resolve));
  await collector.startCollection();
  await ran;
  return { collector, turns };
};
const seriesOf = async (collector, expr) => {
  const { result } = await collector.query(expr + '[5m]');
  return result.map(({ metric, values }) => [metric.alertname, values.map(([time]) => time)]);
};

window.beStuck = async (seconds) => {
  const { collector, turns } = await start([
    { alert: 'Stuck', expr: 'telemetry_main_thread_stall_seconds > 1' },
    { alert: 'Turning', expr: 'increase(turns_total[500ms]) > 0' },
  ]);
  const from = Date.now() / 1000;
  while (Date.now() / 1000 < from + seconds) turns.increment();
  const to = Date.now() / 1000;
  const firing = Object.fromEntries(await seriesOf(collector, 'ALERTS{alertstate="firing"}'));
  const { link } = collector;
  await collector.shutdown();
  return { link, from, to, firing };
};

window.live = async (hold, until) => {
  const began = Date.now() / 1000;
  const { collector, turns } = await start([
    { record: 'turns:sum', expr: 'sum(turns_total)' },
    { alert: 'Turns', expr: 'turns:sum > 0', for: hold },
  ], { persist: { name: 'alerts' } });
  // Storage is open from now on: a browser gives a page that is left no time for that.
  await collector.flush();
  const told = [];
  const heard = new Promise((resolve) => {
    collector.addHook('alert', (alert) => {
      told.push(alert);
      if (alert.state === until) resolve(alert.activeAt);
    });
  });
  turns.increment();
  const activeAt = await heard;
  const timesOf = async (expr) => (await seriesOf(collector, expr)).flatMap(([, times]) => times);
  return {
    began,
    states: told.map(({ state }) => state),
    activeAt,
    evaluated: await timesOf('turns:sum'),
    firing: await timesOf('ALERTS{alertstate="firing"}'),
  };
};`;

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await launch();
    });
    afterAll(() => driver?.close());

    test.each([
      ['shared', true, ['Stuck', 'Turning']],
      // No new counts come from a page that is stuck.
      ['message', false, ['Stuck']],
    ] as const)('rules fire while the page is stuck, %s link', async (link, isolated, alerts) => {
      let fired: readonly string[] = [];
      // The worker may not get the processor for a while, so it may take longer.
      for (let seconds = 2; fired.length < alerts.length && seconds <= 32; seconds *= 2) {
        const { found } = await inModulePage(driver, { isolated, module: PAGE }, (tab) =>
          tab.run((seconds) => window.beStuck(seconds), seconds),
        );
        expect(found.link).toBe(link);
        const isWithin = (time: number) => found.from < time && time < found.to;
        const times = Object.entries(found.firing);
        fired = times.flatMap(([alert, all]) => (all.some(isWithin) ? [alert] : [])).sort();
      }
      expect(fired).toEqual(alerts);
    });

    test.each([true, false])(
      'an alert that is pending goes on counting after a reload, isolated: %s',
      async (isolated) => {
        const { found } = await inModulePage(
          driver,
          { isolated, module: PAGE },
          async (tab, url) => {
            // However slow the machine is, it does not fire before the reload.
            const first = await tab.run(() => window.live('1h', 'pending'));
            // The page is left without a word, as users leave it.
            await tab.goto(url);
            return [first, await tab.run(() => window.live('2s', 'firing'))] as const;
          },
        );
        const [{ activeAt }, second] = found;
        expect(second.states).toEqual(['firing']);
        expect(second.activeAt).toBe(activeAt);
        expect(second.evaluated).toContain(activeAt);
        const isDue = (time: number) =>
          time > second.began && Math.round((time - activeAt) * 1000) >= 2000;
        expect(second.firing[0]).toBe(second.evaluated.find(isDue));
      },
    );
  });
}
