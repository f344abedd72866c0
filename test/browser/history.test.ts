/** Tests that a page keeps a history in its worker, and that it is there after a reload. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver } from './drivers/driver.ts';
import { inModulePage } from './module-page.ts';

interface Status {
  readonly series: number;
  readonly samples: number;
  readonly oldest: number;
}

declare global {
  interface Window {
    keepHistory(runs: number): Promise<{ before: Status; after: Status; link: string }>;
  }
}

const PAGE = `
import { TelemetryCollector } from '/pkg/index.js';
import { history } from '/pkg/history.js';
window.keepHistory = async (runs) => {
  const past = history();
  const options = { persist: { name: 'page' }, collectionInterval: 0.02, use: [past] };
  const collector = new TelemetryCollector(options);
  collector.registerGauge('x').set(1);
  const before = await collector.feature(past).status();
  let left = runs;
  const done = new Promise((resolve) => collector.addHook('collection', () => --left || resolve()));
  await collector.startCollection();
  await done;
  const after = await collector.feature(past).status();
  return { before, after, link: collector.link };
};`;

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await launch();
    });
    afterAll(() => driver?.close());

    test.each([true, false])('a page goes on after a reload, isolated: %s', async (isolated) => {
      const { found, asked } = await inModulePage(
        driver,
        { isolated, module: PAGE },
        async (tab, url) => {
          const first = await tab.run(() => window.keepHistory(70));
          // The page is left without a word, as users leave it.
          await tab.goto(url);
          return [first, await tab.run(() => window.keepHistory(5))] as const;
        },
      );
      const [first, second] = found;
      expect(first.link).not.toBe('inline');
      expect(first.after.samples).toBeGreaterThan(70);
      expect(second.after.oldest).toBe(first.after.oldest);
      expect(second.after.samples).toBeGreaterThan(first.after.samples);
      // The page itself has no code of the part.
      expect(asked).toContain('/pkg/history-part.js');
      expect(asked.filter((path) => /history-(module|part-text)/.test(path))).toEqual([]);
    });
  });
}
