/**
 * Tests zones. Angular waits until the timers of its zone are over, and checks the whole page after each
 * message in it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LINKS } from '../collectors.ts';
import { IMPORTED, zoneProgram } from '../zone-program.ts';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { type Site, serveFolder } from './harness.ts';

declare global {
  interface Window {
    found: Promise<string[][]>;
  }
}

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const zone = createRequire(import.meta.url).resolve('zone.js');

const page = (link: string, loading: string) => `<!doctype html>
  <script type="module">
    const native = requestAnimationFrame;
    window.found = (async () => {
      ${loading}
      ${zoneProgram(link, '() => new Promise((resolve) => native(resolve))')}
      return found;
    })();
  </script>`;

const patch = "await import('/zone.js');";
const load = `const ${IMPORTED} = await import('/package/index.js');`;
const routes = {
  '/zone.js': {
    headers: { 'content-type': 'text/javascript', 'cross-origin-resource-policy': 'same-origin' },
    body: readFileSync(zone, 'utf8'),
  },
  ...Object.fromEntries(
    LINKS.flatMap((link) => [
      [`/before/${link}`, page(link, patch + load)],
      [`/after/${link}`, page(link, load + patch)],
    ]),
  ),
};

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, { timeout: 300_000 }, () => {
    let driver: Driver;
    let profile: Profile;
    let site: Site;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
      site = await serveFolder({ isolated: true, roots: { '/package/': DIST }, routes });
    });
    afterAll(async () => {
      await driver?.close();
      await site?.close();
    });

    describe.each(['before', 'after'])('zone.js loaded %s the package', (order) => {
      test.each(LINKS)('zones have none of its timers and messages, %s link', async (link) => {
        const tab = await profile.open(`${site.url}/${order}/${link}`);
        await tab.show();
        expect(await tab.run(() => window.found)).toEqual([[], []]);
        expect(await tab.errors()).toEqual([]);
        await tab.close();
      });
    });
  });
}
