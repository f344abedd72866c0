/** Tests the comparison of the demo as a visitor sees it, with shared memory and without. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, requirePart } from '../parts.ts';
import { layoutShift } from './layout-shift.ts';
import { problems } from './legibility.ts';
import { OpenDemos, setSlider, WAYS } from './ways.ts';

const LIBRARIES = ['none', 'ours', 'prom-client', 'opentelemetry'];
const ways = WAYS.filter(({ link }) => link !== 'inline');

describe.skipIf(!requirePart('chromium', chromiumPath()))('the comparison of the demo', () => {
  const demos = new OpenDemos();
  beforeAll(() =>
    // A second each: what is tested here are the totals, and no times.
    demos.open(
      ways.map((way) => ({ ...way, query: `${way.query}&seconds=1` })),
      async (page, { link }) => {
        // Nothing may move in a narrow page either.
        await page.setViewportSize({ width: link === 'shared' ? 390 : 1280, height: 800 });
        await page.reload();
        await page.waitForSelector(`#link[data-link="${link}"]`);
        await page.click('#compare-open');
        await setSlider(page, 'compare-series', 1);
        await page.click('#compare-all');
      },
    ),
  );
  afterAll(() => demos.close());

  describe.each(ways)('$link link', ({ link }) => {
    let page: Page;
    beforeAll(() => {
      page = demos.of(link).page;
    });

    test('each library delivers every total as the page has counted it', async () => {
      await page.waitForSelector('[data-library="opentelemetry"][data-recorded]');
      const results = await page.$$eval('[data-library]', (rows) =>
        rows.map((row) => ({ ...(row as HTMLElement).dataset })),
      );
      expect(results.map(({ library }) => library)).toEqual(LIBRARIES);
      expect(results.map(({ exact }) => exact)).toEqual(['undefined', 'true', 'true', 'true']);
      for (const { recorded, figures } of results) {
        // A whole number of frames, each with as many updates as the slider says.
        expect(Number(recorded)).toBeGreaterThan(0);
        expect(Number(recorded) % 3000).toBe(0);
        const { median, p99, telemetry } = JSON.parse(figures!);
        expect(p99).toBeGreaterThanOrEqual(median);
        expect(median).toBeGreaterThan(0);
        expect(telemetry).toBeGreaterThanOrEqual(0);
      }
      expect(await page.textContent('#compare-headline')).toMatch(
        /^With this library, [\d.]+K metric updates a second take [\d.]+% of each frame\.$/,
      );
    });

    test('a library that is chosen runs until another is, and figures of another load go', async () => {
      await page.click('#compare-switch label:has-text("prom-client")');
      await page.waitForSelector('#compare-status:has-text("prom-client is at work")');
      await page.waitForSelector('[data-library="prom-client"]:not([data-recorded])');
      await setSlider(page, 'compare-updates', 0);
      await page.waitForSelector('[data-library="ours"]:not([data-recorded])');
      expect(await page.textContent('#compare-headline')).toBe(
        'What do 18K metric updates a second cost this page?',
      );
      await page.click('#compare-switch label:has-text("This library")');
      const ours = page.locator('[data-library="ours"]');
      await expect.poll(() => ours.getAttribute('data-figures')).toBeTruthy();
      await page.click('#compare-switch label:has-text("Off")');
      await page.waitForSelector('[data-library="ours"][data-exact="true"]');
    });

    test.each([1280, 320])('can be read and pressed at %i', async (width) => {
      await page.setViewportSize({ width, height: 800 });
      expect(await problems(page, width > 320 ? '#compare' : undefined)).toEqual([]);
    });

    test('closes, and the views are back', async () => {
      await page.click('#compare-close');
      expect(await page.isVisible('#compare')).toBe(false);
      expect(await page.isVisible('#exposition')).toBe(true);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('compare-open');
    });

    test('nothing on the page has moved by itself, and the console is clean', async () => {
      expect(await layoutShift(page)).toBeLessThan(0.01);
      expect(demos.of(link).errors).toEqual([]);
    });
  });
});
