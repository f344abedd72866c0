/** Tests the anomalies of the demo as a visitor sees them, over each link, and that there are few without faults. */
import type { Page } from 'playwright-core';
import { formatPrometheus, TelemetryCollector } from 'utilityfog-telemetry';
import { createDetector } from 'utilityfog-telemetry/analytics/detectors';
import { createEngine, type MatrixResult, memorySource } from 'utilityfog-telemetry/promql/engine';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WARM_UP, WATCHED } from '../../demo/anomalies/watched.ts';
import { instrument } from '../../demo/instrumentation.ts';
import { Simulation } from '../../demo/simulation.ts';
import { STEPS_PER_SECOND } from '../../demo/world.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { OpenDemos, WAYS } from './ways.ts';

/** Lines of an exposition that the watches of the demo are about. */
const SAMPLES =
  /^(foglets_(?:alive|messages_\w+_total|message_latency_seconds_bucket)(?:\{.*\})?) (\S+)$/gm;

describe.skipIf(!requirePart('chromium', chromiumPath()))('anomalies in the demo', () => {
  const demos = new OpenDemos();
  beforeAll(() => demos.open(WAYS));
  afterAll(() => demos.close());

  describe.each(WAYS)('$link link', ({ link }) => {
    let page: Page;
    beforeAll(() => {
      page = demos.of(link).page;
    });

    test('the detectors learn first, and say for how long', { timeout: 300_000 }, async () => {
      await page.click('#tab-anomalies');
      const state = () => page.textContent('.watch-state');
      // The other pages may have been open for longer.
      await expect
        .poll(state)
        .toMatch(/^The detectors learn what is usual\. That takes \d+ s more at most\.$|^Nothing/);
      // Half a minute, if each run comes in time and each rate has a value.
      await expect
        .poll(state, { timeout: 200_000 })
        .toBe('Nothing unusual. Strike a branch to change that.');
      const points = await page.$$eval('.watch-plot', (plots) =>
        plots.map((plot) => Number((plot as HTMLElement).dataset.points)),
      );
      expect(points).toHaveLength(4);
      expect(Math.min(...points)).toBeGreaterThan(10);
    });

    test('a strike leaves the band, and the sentence says so', async () => {
      await page.click('#tab-events');
      // All branches at once.
      await page.focus('#aim');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#unseen:visible');
      expect(await page.getAttribute('#unseen', 'aria-label')).toMatch(/^\d not looked at$/);
      await page.click('#tab-anomalies');
      const sentence = page.locator('.sentences li[data-watch="Foglets alive"]');
      await expect
        .poll(() => sentence.first().textContent())
        .toMatch(
          /^\d\d:\d\d:\d\dFoglets alive is [\d.]+, but 3[\d.]+ was expected; from [\d.]+ to [\d.]+ is usual\. .*(No other|At the same time) .*moved\.$/,
        );
      await page.waitForSelector('.watch-state', { state: 'hidden' });
      await page.waitForSelector('#unseen', { state: 'hidden' });
      const chart = page.locator('.watch[data-watch="Foglets alive"] .watch-plot');
      await expect.poll(() => chart.getAttribute('data-marks').then(Number)).toBeGreaterThan(0);
    });

    test('anomalies are counted', async () => {
      await page.click('#tab-exposition');
      await page.fill('#filter', 'telemetry_anomalies_total{watch="Foglets alive"');
      await expect.poll(() => page.textContent('#exposition span:visible')).toMatch(/ [1-9]\d*$/);
    });

    test('the sentence is there again after a reload, since it is an event', async () => {
      await page.reload();
      await page.waitForSelector('#since:has-text("restored")');
      await page.click('#tab-anomalies');
      await page.waitForSelector('.sentences li[data-watch="Foglets alive"]', {
        state: 'attached',
      });
    });

    test('the console stays clean', () => {
      expect(demos.of(link).errors).toEqual([]);
    });
  });
});

test('in an hour without faults there is at most one anomaly', async () => {
  const seconds = 3600;
  const engine = createEngine(await recorded(seconds));
  const alarms: string[] = [];
  for (const { name, expr } of WATCHED) {
    const { result } = await engine.queryRange(expr, { start: 1, end: seconds, step: 1 });
    const [{ values = [] }] = result as MatrixResult[];
    expect(values.length, name).toBeGreaterThan(seconds - 10);
    const detector = createDetector({ warmUp: WARM_UP });
    for (const [second, value] of values) {
      if (detector.next(second, Number(value)).score >= 0.9) alarms.push(`${name} at ${second}`);
    }
  }
  expect(alarms.length, alarms.join()).toBeLessThanOrEqual(1);
});

/** Lets a swarm without faults live for so many seconds, as fast as it can. Resolves to what a scrape a second sees. */
async function recorded(seconds: number) {
  const collector = new TelemetryCollector({ link: 'inline' });
  onTestFinished(() => collector.shutdown());
  const simulation: Simulation = new Simulation(
    instrument(collector, () => simulation),
    1,
    { depth: 5, faultRate: 0 },
  );
  const samples = new Map<string, [number, number][]>();
  for (let second = 1; second <= seconds; second += 1) {
    for (let i = 0; i < STEPS_PER_SECOND; i += 1) simulation.step();
    const exposition = await formatPrometheus(collector);
    for (const [, series, value] of exposition.matchAll(SAMPLES)) {
      if (!samples.has(series!)) samples.set(series!, []);
      samples.get(series!)!.push([second, Number(value)]);
    }
  }
  return memorySource(
    [...samples].map(([series, values]) => ({ labels: labelsOf(series), samples: values })),
  );
}

/** Returns the labels of a series that is written as in an exposition. */
function labelsOf(series: string): Record<string, string> {
  const pairs = [...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]);
  return { __name__: /^\w+/.exec(series)![0], ...Object.fromEntries(pairs) };
}
