/** Tests the queries and the alerts of the demo as a visitor sees them, over each link. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, type OpenPage, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { type Served, start } from './served.ts';
import { setSlider, WAYS } from './ways.ts';

const hasChromium = requirePart('chromium', chromiumPath());

describe.skipIf(!hasChromium)('queries and alerts in the demo', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  describe.each(WAYS)('$link link', ({ link, args, query }) => {
    let served: Served;
    let opened: OpenPage;
    let page: Page;
    beforeAll(async () => {
      served = await start(...args);
      const address = `${served.url}/?seed=7&depth=6${query}`;
      opened = await browser.openPage(address, await browser.newContext());
      page = opened.page;
      await page.waitForSelector(`#link[data-link="${link}"]`);
      await page.waitForSelector('#chart-messages [data-points]:not([data-points="1"])');
      // More happens in a second, so that less depends on chance.
      await setSlider(page, 'speed', 2);
    });
    afterAll(() => served?.stop());

    test('a query is plotted, with a line and a value for each series', async () => {
      await page.click('#tab-query');
      await page.waitForSelector('#query-plot .plot[data-series="4"]');
      const legend = page.locator('.plot-legend li');
      const texts = await legend.allTextContents();
      expect(texts.map((text) => text.replace(/[\d.K]+$/, ''))).toEqual([
        ...['order', 'peer', 'pulse', 'report'],
      ]);
      expect(await page.textContent('#query-notes')).toMatch(/^4 series · answered in \d+ ms$/);
      // It is asked again without anybody doing anything.
      const points = () => page.getAttribute('#query-plot .plot', 'data-points').then(Number);
      const first = await points();
      await expect.poll(points).toBeGreaterThan(first);
    });

    test('the value under the cursor is shown', async () => {
      const box = (await page.locator('#query-plot .u-over').boundingBox())!;
      expect(await page.textContent('.plot-time')).toBe('');
      await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
      await expect.poll(() => page.textContent('.plot-time')).toMatch(/^\d\d:\d\d:\d\d$/);
      await page.mouse.move(0, 0);
    });

    test('an expression is completed with the keyboard', async () => {
      await write(page, 'foglets_al');
      const options = page.locator('#completions [role=option]');
      await expect
        .poll(() => options.allTextContents())
        .toEqual([expect.stringContaining('foglets_alive')]);
      expect(await page.getAttribute('#expression textarea', 'aria-activedescendant')).toBe(
        await options.first().getAttribute('id'),
      );
      await page.keyboard.press('Enter');
      await page.keyboard.type('{');
      await options.filter({ hasText: 'level' }).waitFor();
      await page.keyboard.press('Enter');
      await options.filter({ hasText: '6' }).waitFor();
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Enter');
      await page.keyboard.type('}');
      await page.keyboard.press('Enter');
      expect(await page.inputValue('#expression textarea')).toBe('foglets_alive{level="6"}');
      await expect
        .poll(() => page.textContent('.plot-legend'))
        .toMatch(/^foglets_alive{level="6"}\d/);
    });

    test('an expression is completed with the mouse', async () => {
      await write(page, 'sum(rate(foglets_heal');
      await page.click('#completions [role=option]');
      await page.keyboard.type('[10s]))');
      await page.click('#query-form [type=submit]');
      expect(await page.inputValue('#expression textarea')).toBe(
        'sum(rate(foglets_healed_total[10s]))',
      );
      await expect.poll(() => page.textContent('.plot-legend')).toMatch(/^value[\d.]+/);
    });

    test('a wrong expression is marked wherever it is wrong', async () => {
      await write(page, 'sum(rate(foglets_alive))');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#expression mark');
      expect(await page.textContent('#expression mark')).toBe('foglets_alive');
      expect(await page.textContent('#query-problem')).toBe(
        'expected type range vector in call to function "rate", got instant vector',
      );
      await write(page, 'rate(foglets_alive) + increase(foglets_total)');
      await page.keyboard.press('Escape');
      await expect
        .poll(() => page.locator('#expression mark').allTextContents())
        .toEqual(['foglets_alive', 'foglets_total']);
      expect((await page.textContent('#query-problem'))!.split('\n')).toHaveLength(2);
      await write(page, 'sum(foglets_alive');
      await page.keyboard.press('Escape');
      await expect
        .poll(() => page.textContent('#query-problem'))
        .toMatch(/unclosed|unexpected end/);
      await write(page, 'sum(foglets_alive)');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#query-problem', { state: 'hidden' });
      expect(await page.locator('#expression mark').count()).toBe(0);
    });

    test('what the engine has to say about an answer is shown with it', async () => {
      await write(page, 'rate(foglets_messages_in_flight[10s])');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await expect
        .poll(() => page.locator('#query-notes .info').allTextContents())
        .toEqual([expect.stringContaining('metric might not be a counter')]);
    });

    test('an answer can be a table', async () => {
      await page.selectOption('#query-span', '0');
      await page.click('#examples button:text-is("Alive by level")');
      const rows = page.locator('#query-table tbody tr');
      await expect.poll(() => rows.count()).toBe(7);
      expect(await rows.first().textContent()).toMatch(/^{level="0"}[\d.]+$/);
      // A range has no plot.
      await page.selectOption('#query-span', '60');
      await write(page, 'foglets_steps_total[5s]');
      await page.keyboard.press('Enter');
      await expect
        .poll(() => rows.first().textContent())
        .toMatch(/^foglets_steps_total.* at \d\d:/);
    });

    test('a fault that is turned up makes an alert fire, and healing resolves it', async () => {
      await page.click('#tab-alerts');
      const rule = page.locator('.rules [data-rule="MessagesLost"]');
      const state = () => rule.getAttribute('data-state');
      await setSlider(page, 'faults', 5);
      // In one look: it is pending for a few seconds only.
      const pending = () =>
        rule.evaluate((card: HTMLElement) => [
          card.dataset.state,
          card.querySelector('progress') !== null,
        ]);
      await expect.poll(pending).toEqual(['pending', true]);
      await expect.poll(state).toBe('firing');
      expect(await rule.textContent()).toMatch(
        /[\d.]+% of all messages are lost: unreachable\.reason="unreachable"\s*value 0\.\d+/,
      );
      expect(Number(await page.textContent('#firing'))).toBeGreaterThanOrEqual(1);
      await setSlider(page, 'faults', 0);
      await expect.poll(state).toBe('inactive');
      const changes = page.locator('.alert-log li', { hasText: 'MessagesLost (unreachable)' });
      const states = async () => {
        const all = await changes.evaluateAll((lines) =>
          lines.map((line) => (line as HTMLElement).dataset.state),
        );
        return all.slice(0, 3);
      };
      // The newest stands first. A line comes by another way than the state.
      await expect.poll(states).toEqual(['resolved', 'firing', 'pending']);
    });

    test('a rule leads to the plot of its expression', async () => {
      await page.click('.rules [data-rule="MessagesLost"] button');
      expect(await page.inputValue('#expression textarea')).toBe(
        'swarm:messages_lost:ratio_rate10s > 0.01',
      );
      await page.waitForSelector('#query-plot .plot[data-series="1"]');
    });

    test('the console stays clean', () => {
      expect(opened.errors).toEqual([]);
    });
  });
});

/** Replaces what stands in the field, key by key. */
async function write(page: Page, text: string): Promise<void> {
  await page.focus('#expression textarea');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}
