/** Tests the demo as a visitor sees it: served by scripts/start.mjs, in a real browser. */
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium, type OpenPage, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { layoutShift, notingInputs } from './layout-shift.ts';
import { problems } from './legibility.ts';
import { type Served, start } from './served.ts';

const hasChromium = requirePart('chromium', chromiumPath());
const MESSAGES = 'foglets_messages_delivered_total';

const WAYS = [
  { name: 'isolated', args: [], link: 'shared' },
  { name: 'not isolated', args: ['--no-isolation'], link: 'message' },
];

describe.skipIf(!hasChromium)('the demo page', () => {
  let browser: TestBrowser;
  const demos = new Map<string, { served: Served; opened: OpenPage }>();
  // Both at once, since most of the time is spent waiting for the first points of the charts.
  beforeAll(async () => {
    browser = await launchChromium();
    await Promise.all(
      WAYS.map(async ({ name, args }) => {
        const served = await start(...args);
        // The swarm is small: nothing that is tested here depends on its size.
        const address = `${served.url}/?seed=7&depth=5`;
        const context = await notingInputs(await browser.newContext());
        const opened = await browser.openPage(address, context);
        demos.set(name, { served, opened });
        await opened.page.waitForSelector('#chart-messages [data-points]:not([data-points="1"])');
      }),
    );
  });
  afterAll(async () => {
    await browser?.close();
    for (const { served } of demos.values()) await served.stop();
  });

  describe.each(WAYS)('$name', ({ name, link }) => {
    let opened: OpenPage;
    beforeAll(() => {
      opened = demos.get(name)!.opened;
    });
    // A test that failed may have left another view.
    beforeEach(async () => {
      const { page } = opened;
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.click('#tab-exposition');
      await page.fill('#filter', '');
    });

    test(`takes the ${link} link`, async () => {
      expect(await opened.page.getAttribute('#link', 'data-link')).toBe(link);
    });

    test('draws points into every chart', async () => {
      const points = await opened.page.$$eval('#charts .plot', (plots) =>
        plots.map((plot) => Number((plot as HTMLElement).dataset.points)),
      );
      expect(points).toHaveLength(4);
      expect(Math.min(...points)).toBeGreaterThanOrEqual(2);
      expect(await opened.page.textContent('#figure-messages')).toMatch(/^[\d,]+$/);
    });

    test('shows the exposition with the counters of the swarm, and filters it', async () => {
      const { page } = opened;
      const lines = page.locator('#exposition span:visible');
      const first = async () => {
        const texts = await lines.allTextContents();
        return texts[texts.indexOf(`# TYPE ${MESSAGES} counter`) + 1];
      };
      await expect.poll(first).toMatch(new RegExp(`^${MESSAGES}{kind="report"} \\d+$`));
      await page.fill('#filter', 'healed');
      await expect.poll(() => lines.count()).toBe(3);
      await page.fill('#filter', '');
    });

    test.each([1280, 320])('covers no line by its filter, %i wide', async (width) => {
      const { page } = opened;
      await page.setViewportSize({ width, height: 800 });
      const lower = await page.$eval('#filter', (filter) => filter.getBoundingClientRect().bottom);
      const upper = await page.$eval('#exposition', (view) => view.getBoundingClientRect().top);
      expect(upper).toBeGreaterThanOrEqual(lower);
    });

    test('keeps collecting while the main thread stands still', async () => {
      const { page } = opened;
      // Nothing may move in a narrow page either.
      if (link === 'message') await page.setViewportSize({ width: 390, height: 800 });
      const freeze = async () => {
        await page.waitForSelector('#block:not([aria-disabled])');
        await page.dblclick('#block');
        expect(await page.getAttribute('#block', 'aria-disabled')).toBe('true');
        await page.waitForSelector('#readout:has-text("stood still for")');
        return (await page.textContent('#readout')) ?? '';
      };
      let told = await freeze();
      // On a machine that has much else to do, the alert may not fire within the three seconds, and there may be few
      // scrapes. The page says so.
      const isSeen = () => told.includes('The alert') && !/ made [0-4], and/.test(told);
      for (let tries = 1; tries < 10 && !isSeen(); tries++) told = await freeze();
      const [, seconds, scrapes, seen, alert] =
        /still for ([\d.]+) s.* made (\d+), and saw (.*)\. The alert (\w+) fired/.exec(told)!;
      expect(Number(seconds)).toBeGreaterThanOrEqual(3);
      expect(Number(scrapes)).toBeGreaterThanOrEqual(5);
      if (link === 'shared')
        expect(seen).toMatch(/^the loop that blocked the page count to [\d.]+[KM]$/);
      else expect(seen).toContain('needs shared memory');
      expect(alert).toBe('MainThreadBlocked');
      expect(told).toContain('a client in the page made 0 scrapes.');
      // The second click is none.
      await page.waitForSelector('#block:not([aria-disabled])');
      expect(await page.textContent('#readout')).toBe(told);
      expect(await layoutShift(page)).toBeLessThan(0.01);
      // That frame is counted for as long as it was, which the chart reads.
      const interval = page.locator('#exposition span', { hasText: 'frame_interval_seconds' });
      await expect
        .poll(async () => {
          const text = (await interval.allTextContents()).join('\n');
          const [below, all] = ['le="2.4939"', 'le="+Inf"'].map((le) =>
            Number(text.split(`${le}} `)[1]?.split('\n')[0]),
          );
          return all! - below!;
        })
        .toBeGreaterThanOrEqual(1);
    });

    test('strikes by keyboard, and every total equals the count of the swarm', async () => {
      const { page } = opened;
      await page.focus('#aim');
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter'])
        await page.keyboard.press(key);
      expect(await page.textContent('#readout')).toMatch(/^\d+ foglets struck down/);
      await page.click('#pause');
      await page.click('#tab-diagnostics');
      const check = page.locator('#diagnostics dd').first();
      await check.waitFor();
      // What was asked for before the pause may have been answered while the swarm went on.
      await expect.poll(() => check.textContent()).toMatch(/^(\d+) of \1 /);
      expect(Number.parseInt((await check.textContent())!, 10)).toBeGreaterThan(60);
      await page.click('#tab-events');
      await page.waitForSelector('#events td:text-is("strike")');
      await page.click('#pause');
    });

    test('can be operated with the keyboard alone', async () => {
      const { page } = opened;
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      const reached: string[] = [];
      for (let i = 0; i < 17; i += 1) {
        await page.keyboard.press('Tab');
        reached.push(await page.evaluate(() => document.activeElement?.id ?? ''));
      }
      const controls = [
        'start',
        'tour-start',
        'theme',
        'aim',
        'pause',
        'strike',
        'block',
        'compare-open',
      ];
      const sliders = ['depth', 'branching', 'speed', 'traffic', 'faults'];
      const views = ['tab-exposition', 'filter', 'exposition'];
      expect(reached).toEqual(expect.arrayContaining([...controls, ...sliders, ...views]));
    });

    // The link changes nothing of this.
    const looks = [
      { width: 1280, colorScheme: 'light' },
      { width: 320, colorScheme: 'dark' },
    ] as const;
    test.each(link === 'shared' ? looks : [])(
      'can be read and pressed at $width, $colorScheme',
      async ({ width, colorScheme }) => {
        const { page } = opened;
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        for (const row of ['.bar button', '.tabs button']) {
          const tops = await page.$$eval(row, (buttons) =>
            buttons
              .map((button) => button.getBoundingClientRect())
              .map(({ y, height }) => y + height / 2),
          );
          expect(new Set(tops).size, row).toBe(1);
        }
        // Axe looks at each line for long, and a few are as good as all.
        await page.fill('#filter', 'healed');
        const tabs = ['query', 'alerts', 'anomalies', 'traces', 'events', 'diagnostics'];
        for (const tab of [...tabs, 'exposition']) {
          await page.click(`#tab-${tab}`);
          // With the whole once, and each view once, axe has seen all there is.
          const part = width > 320 ? `#${tab}` : 'html';
          const axeToo = width > 320 || tab === 'exposition';
          expect(await problems(page, axeToo ? part : undefined), tab).toEqual([]);
        }
      },
    );

    test('explains itself in four steps, which can be skipped', async () => {
      const { page } = opened;
      const title = () => page.textContent('#tour-title');
      await page.click('#tour-start');
      for (let step = 1; step <= 4; step += 1) {
        expect(await title()).toMatch(new RegExp(`^${step} of 4: `));
        expect(await page.locator('.toured').count()).toBe(1);
        await page.click('#tour-next');
      }
      expect(await page.isVisible('#tour')).toBe(false);
      await page.click('#tour-start');
      await page.click('#tour-skip');
      expect(await page.isVisible('#tour')).toBe(false);
      expect(await page.locator('.toured').count()).toBe(0);
    });

    test('shows code that runs, to be copied', async () => {
      const { page } = opened;
      await page.click('#start');
      await page.click('#copy');
      await page.waitForSelector('#copy:text-matches("Copied|Selected")');
      const code = (await page.textContent('#snippet'))!
        .replace(/^import (.*) from (.*);/, 'const $1 = await import($2);')
        .replace('console.log(', 'return (');
      const printed = await page.evaluate(`(async () => { ${code} })()`);
      expect(printed).toContain('# HELP clicks_total Clicks on this page');
      await page.click('#use-it [type=submit]');
    });

    test('goes on with its totals after a reload', async () => {
      const { page } = opened;
      const steps = async () => {
        const line = page.locator('#exposition span', { hasText: /^foglets_steps_total / });
        return Number((await line.textContent())?.split(' ')[1]);
      };
      const before = await steps();
      await page.reload();
      await page.waitForSelector('#since:has-text("restored")');
      // It is there far sooner than it could have counted as many anew.
      await expect.poll(steps).toBeGreaterThanOrEqual(before);
      await page.click('#tab-diagnostics');
      await expect.poll(() => page.textContent('#diagnostics dd')).toMatch(/^(\d+) of \1 /);
    });

    test('leaves the console clean', () => {
      expect(opened.errors).toEqual([]);
    });
  });
});

describe('scripts/start.mjs', () => {
  let served: Served;
  beforeAll(async () => {
    served = await start();
  });
  afterAll(async () => {
    await served?.stop();
  });

  /** Unlike fetch, this sends the path as it is. */
  const status = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(served.url);
      request({ host: '127.0.0.1', port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });

  test('serves the page and the package, isolated and under a strict policy', async () => {
    const { headers } = await fetch(served.url);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
    expect(await status('/utilityfog-telemetry/worker.js')).toBe(200);
  });

  test.each([
    '/utilityfog-telemetry/../package.json',
    '/utilityfog-telemetry/..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cpackage.json',
    '/%00',
    '/%',
    '//',
  ])('gives nothing else away: %s', async (path) => {
    expect(await status(path)).toBe(404);
  });
});
