/** Tests what a page downloads of a feature: nothing unless it uses it, and the part only in the worker. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver } from './drivers/driver.ts';
import { serveFolder } from './harness.ts';

declare global {
  interface Window {
    live(uses: boolean): Promise<string | undefined>;
  }
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = `
import { formatPrometheus, TelemetryCollector } from '/pkg/index.js';
import { busiest } from '/features/busiest/feature.js';
window.live = async (uses) => {
  const feature = busiest();
  const collector = new TelemetryCollector({ link: 'shared', ...(uses && { use: [feature] }) });
  collector.registerCounter('jobs_total').increment();
  await formatPrometheus(collector);
  if (uses) await collector.feature(feature).record();
  const { link } = collector;
  await collector.shutdown();
  return link;
};`;

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await launch();
    });
    afterAll(() => driver?.close());

    test.each([
      ['a page that uses no feature loads no code for any', false, []],
      [
        'a page that uses one loads what hands its code over, and the worker loads the code once',
        true,
        ['/features/busiest/part.js', '/pkg/feature-code.js'],
      ],
    ])('%s', async (_, uses, expected) => {
      const asked: string[] = [];
      const site = await serveFolder({
        isolated: true,
        roots: { '/pkg/': folder('../../dist/'), '/features/': folder('../../examples/features/') },
        routes: {
          '/': '<!doctype html><script type="module" src="/page.js"></script>',
          '/page.js': PAGE,
        },
        asked: (path) => asked.push(path),
      });
      const profile = await driver.newProfile();
      const tab = await profile.open(`${site.url}/`);
      const link = await tab.run((uses) => window.live(uses), uses);
      await profile.close();
      await site.close();
      expect(link).not.toBe('inline');
      expect(asked.filter((path) => /part|feature-code/.test(path)).sort()).toEqual(expected);
    });
  });
}
