/** Tests what a page downloads of a feature: nothing unless it uses it, and the part only in the worker. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver } from './drivers/driver.ts';
import { inModulePage } from './module-page.ts';

declare global {
  interface Window {
    live(uses: boolean): Promise<string | undefined>;
  }
}

const features = fileURLToPath(new URL('../../examples/features/', import.meta.url));
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
      const { found: link, asked } = await inModulePage(
        driver,
        { isolated: true, module: PAGE, roots: { '/features/': features } },
        (tab) => tab.run((uses) => window.live(uses), uses),
      );
      expect(link).not.toBe('inline');
      expect(asked.filter((path) => /part|feature-code/.test(path)).sort()).toEqual(expected);
    });
  });
}
