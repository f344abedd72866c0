/**
 * Tests the oldest browsers that docs/browsers.md names, as far as a new one can stand for them. The syntax
 * is theirs, and the conformance suite passes without what they lack: in the page, in the collector's
 * worker and in workers that join.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../runtimes/receiver.ts';
import type { Conformance } from '../runtimes/results.ts';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { type Site, serveFolder } from './harness.ts';
import { FORGET, OLDEST } from './newer-features.ts';
import { openTelemetryModules } from './opentelemetry-modules.ts';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = folder('../../dist/');
const read = (path: string) => readFileSync(path, 'utf8');

const inBrowsers = (name: string) => name.endsWith('.js') && !/^(node|edge|command)/.test(name);
/** Browsers have had these for longer. esbuild means the properties that the newest Unicode has added. */
const supported = { 'regexp-unicode-property-escapes': true };

test.each(readdirSync(DIST).filter(inBrowsers))('%s has no newer syntax', async (name) => {
  const code = read(`${DIST}${name}`);
  const [theirs, any] = await Promise.all(
    [OLDEST, 'esnext'].map((target) => transform(code, { target, format: 'esm', supported })),
  );
  expect(theirs!.code).toBe(any!.code);
});

test('the text of the worker has no newer syntax', async () => {
  const { workerText } = (await import(`${DIST}worker-text.js`)) as { workerText: string };
  const [theirs, any] = await Promise.all(
    [OLDEST, 'esnext'].map((target) => transform(workerText, { target, supported })),
  );
  expect(theirs!.code).toBe(any!.code);
});

/** Removes the features from a page and its workers, before anything of the package runs there. */
const routes = {
  ...(await openTelemetryModules()),
  '/forget.js': `export const left = ${FORGET}`,
  '/page': `<!doctype html><script>window.left = ${FORGET}</script>
    <script type="module" src="/pages/module-page.mjs"></script>`,
  '/package/index.js': `import '/forget.js';\n${read(`${DIST}index.js`)}`,
  '/package/worker.js': `${FORGET}\n${read(`${DIST}worker.js`)}`,
};

const THREADS = { script: '/pages/module-thread.mjs', type: 'module' } as const;

declare global {
  interface Window {
    left: string[];
  }
}

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name} without what they lack`, { timeout: 300_000 }, () => {
    let driver: Driver;
    let profile: Profile;
    const sites: Site[] = [];
    let receiver: Receiver;
    const siteOf = async (isolated: boolean) => {
      const roots = {
        '/package/': DIST,
        '/pages/': folder('./pages/'),
        '/conformance/': folder('../runtimes/conformance/'),
      };
      const site = await serveFolder({ isolated, roots, routes });
      sites.push(site);
      return site;
    };
    beforeAll(async () => {
      receiver = await startReceiver();
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterAll(async () => {
      await driver?.close();
      for (const site of sites) await site.close();
      await receiver?.close();
    });

    test.each<Telemetry.LinkKind>(['shared', 'message', 'inline'])(
      'the package conforms over the %s link',
      async (link) => {
        const { url } = await siteOf(link === 'shared');
        const tab = await profile.open(`${url}/page`);
        expect(await tab.run(() => window.left)).toEqual([]);
        const result: Conformance = await tab.run((given) => window.conformance(given), {
          name: `${name}, ${link}, poor`,
          expected: { link, storage: 'indexeddb', runtime: 'browser' },
          receiver: receiver.url,
          ...(link === 'inline' ? { options: { link } } : { threads: THREADS }),
        });
        const errors = await tab.errors();
        await tab.close();
        const failed = result.cases.filter(({ outcome }) => outcome === 'failed');
        expect(failed.map(({ name, error }) => `${name}: ${error}`)).toEqual([]);
        expect(result.cases.length).toBeGreaterThan(15);
        // The worker's own file was started, and the same features are missing there.
        expect(result).toMatchObject({ link, storage: 'indexeddb', failed: [] });
        expect(errors).toEqual([]);
      },
    );
  });
}
