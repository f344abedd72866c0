/** Runs the conformance suite in every browser, in each kind of place that a page has. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../runtimes/receiver.ts';
import { type Conformance, type Expected, keepResult, type Measured } from '../runtimes/results.ts';
import { compareWithCommitted } from '../runtimes/runtimes-table.ts';
import { CHROMIUM, FIREFOX, WEBKIT } from './drivers/browsers.ts';
import type { Driver, Profile, Tab } from './drivers/driver.ts';
import { ERROR_KEEPER } from './drivers/webkit.ts';
import { type Site, serveFolder } from './harness.ts';
import { openTelemetryModules } from './opentelemetry-modules.ts';

/** The arguments of test/runtimes/conformance/cases.mjs, as far as they are data. */
interface Given {
  readonly name: string;
  readonly expected: Expected;
  readonly receiver: string;
  readonly options?: Telemetry.TelemetryCollectorOptions;
  readonly threads?: { readonly script: string; readonly type: 'module' | 'classic' } | undefined;
}
declare global {
  interface Window {
    conformance(given: Given): Promise<Conformance>;
  }
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const page = (body: string) =>
  `<!doctype html><meta charset="utf-8"><script>${ERROR_KEEPER}</script>${body}`;
const MODULE_PAGE = page('<script type="module" src="/pages/module-page.mjs"></script>');
const CLASSIC_PAGE = page(`<script src="/classic.js"></script><script>
  window.conformance = async (given) => {
    const [{ conform }, { placeOf }, features] = await Promise.all([
      import('/conformance/cases.mjs'),
      import('/pages/place.mjs'),
      import('/pages/features.mjs'),
    ]);
    return conform({ ...utilityfogTelemetry, ...features }, placeOf(given));
  };
</script>`);
const CLASSIC_THREAD = `importScripts('/classic.js');
const early = [];
onmessage = (event) => early.push(event);
import('/pages/thread.mjs').then(({ answerWith }) => {
  answerWith(utilityfogTelemetry);
  early.forEach((event) => onmessage(event));
});`;

const bundled = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].text;
};

/** A kind of place. The suite runs there in a tab that shows `path`. */
interface Place {
  readonly where: string;
  readonly path: string;
  readonly isolated: boolean;
  readonly threads?: Given['threads'];
  /** What is expected, unless it is the best that the page allows. */
  readonly link?: Telemetry.LinkKind;
  /** The collectors of a worker are in workers of that worker. */
  readonly nested?: true;
  run(tab: Tab, given: Given): Promise<Conformance>;
}

const MODULE_THREAD = { script: '/pages/module-thread.mjs', type: 'module' } as const;
const inPage = (tab: Tab, given: Given) => tab.run((given) => window.conformance(given), given);

const PLACES: readonly Place[] = [
  {
    where: 'isolated page',
    path: '/module',
    isolated: true,
    threads: MODULE_THREAD,
    run: inPage,
  },
  {
    where: 'page',
    path: '/module',
    isolated: false,
    threads: MODULE_THREAD,
    run: inPage,
  },
  {
    where: 'classic script',
    path: '/classic',
    isolated: true,
    threads: { script: '/classic-thread.js', type: 'classic' },
    run: inPage,
  },
  {
    where: 'frame',
    path: '/frame',
    isolated: true,
    threads: MODULE_THREAD,
    run: (tab, given) => tab.run((given) => window[0].conformance(given), given),
  },
  {
    where: 'dedicated worker',
    path: '/empty',
    isolated: true,
    threads: MODULE_THREAD,
    nested: true,
    run: (tab, given) =>
      tab.run((given) => {
        const worker = new Worker('/pages/dedicated-worker.mjs', { type: 'module' });
        return new Promise<Conformance>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message));
          worker.postMessage(given);
        });
      }, given),
  },
  {
    where: 'shared worker',
    path: '/empty',
    isolated: false,
    // Only Firefox lets a shared worker start workers.
    link: 'inline',
    nested: true,
    run: (tab, given) =>
      tab.run((given) => {
        const { port } = new SharedWorker('/pages/shared-worker.mjs', { type: 'module' });
        return new Promise<Conformance>((resolve) => {
          port.onmessage = ({ data }) => resolve(data);
          port.postMessage(given);
        });
      }, given),
  },
  {
    where: 'service worker',
    path: '/empty',
    isolated: false,
    link: 'inline',
    run: (tab, given) =>
      tab.run(async (given) => {
        await navigator.serviceWorker.register('/service-worker.js');
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        return new Promise<Conformance>((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
          active?.postMessage(given, [port2]);
        });
      }, given),
  },
];

/** What is less in a browser than in others. */
interface Lacks {
  readonly triesOfNesting?: number;
  readonly sharesMemory?: boolean;
}
const BROWSERS: readonly (typeof WEBKIT & Lacks)[] = [
  CHROMIUM,
  {
    ...FIREFOX,
    // BROWSER: in Firefox 153, two or three in a hundred workers that start a worker hang in the constructor, whatever
    // that does. The suite makes a collector for each case, and one that is alone is tried again.
    triesOfNesting: 10,
  },
  // The page is isolated, and still has no SharedArrayBuffer.
  { ...WEBKIT, sharesMemory: false },
];

const results: Measured[] = [];
let isolatedSite: Site;
let plainSite: Site;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const site = {
    roots: {
      '/package/': folder('../../dist/'),
      '/pages/': folder('./pages/'),
      '/conformance/': folder('../runtimes/conformance/'),
    },
    routes: {
      ...(await openTelemetryModules()),
      '/module': MODULE_PAGE,
      '/classic': CLASSIC_PAGE,
      '/frame': page('<iframe src="/module"></iframe>'),
      '/empty': page(''),
      '/classic.js': await readFile(folder('../../dist/utilityfog-telemetry.js'), 'utf8'),
      '/classic-thread.js': CLASSIC_THREAD,
      '/service-worker.js': await bundled(folder('./pages/service-worker.mjs')),
    },
  };
  isolatedSite = await serveFolder({ ...site, isolated: true });
  plainSite = await serveFolder({ ...site, isolated: false });
});
afterAll(async () => {
  await isolatedSite?.close();
  await plainSite?.close();
  await receiver?.close();
});

for (const { name, launch, here, sharesMemory = true, triesOfNesting = 1 } of BROWSERS) {
  describe.skipIf(!here)(`the package in ${name}`, { timeout: 300_000 }, () => {
    let driver: Driver;
    let profile: Profile;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterAll(() => driver?.close());

    const bestLink = (isolated: boolean) => (isolated && sharesMemory ? 'shared' : 'message');
    const open = (isolated: boolean, path: string) =>
      profile.open(`${(isolated ? isolatedSite : plainSite).url}${path}`);

    test.each(PLACES)('conforms in a $where', async ({ where, path, isolated, run, ...place }) => {
      const inline = place.nested && triesOfNesting > 1;
      const link = inline ? 'inline' : (place.link ?? bestLink(isolated));
      const tab = await open(isolated, path);
      const expected = { link, storage: 'indexeddb', runtime: 'browser' };
      const result = await run(tab, {
        name: `${name}, ${where}`,
        expected,
        receiver: receiver.url,
        ...(inline ? { options: { link } } : { threads: place.threads }),
      });
      const errors = await tab.errors();
      await tab.close();
      results.push({ ...result, version: driver.version });
      await keepResult(results.at(-1)!, expected);
      expect(errors).toEqual([]);
    });

    test('a worker of the page has its collector in a worker of its own', async () => {
      const tab = await open(true, '/empty');
      const result = await tab.run(async (tries) => {
        for (let left = tries; ; left--) {
          const worker = new Worker('/pages/single-collector.mjs', { type: 'module' });
          const answer = await new Promise((resolve, reject) => {
            let giveUp: ReturnType<typeof setTimeout> | undefined;
            worker.onmessage = ({ data }) => {
              clearTimeout(giveUp);
              if (data.isStarting === undefined) resolve(data);
              else if (data.isStarting && left > 1) giveUp = setTimeout(resolve, 10_000);
            };
            worker.onerror = (event) => reject(new Error(event.message));
            worker.postMessage('start');
          });
          if (answer) return answer;
          worker.terminate();
        }
      }, triesOfNesting);
      await tab.close();
      expect(result).toEqual({ jobs: 3, link: bestLink(true), failed: [] });
    });
  });
}

test('the table in docs/runtimes.md says the same (node scripts/runtimes-table.mjs)', async () => {
  const { committed, measured } = await compareWithCommitted(results);
  expect(committed).toEqual(measured);
});
