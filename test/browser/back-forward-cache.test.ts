/** Tests a page that is left and comes back as it was: its counts are neither lost nor doubled. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, firefoxPath, requirePart } from '../parts.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { launchChromium, launchFirefox } from './drivers/puppeteer.ts';
import { type Answer, type Site, serveFolder } from './harness.ts';

type Link = 'shared' | 'message' | 'inline';
interface Begun {
  readonly link: string;
  readonly jobs: number;
}
declare global {
  interface Window {
    start(link: Link, persist: boolean): Promise<Begun>;
    count(amount: number): void;
    counted(): Promise<{ jobs: number; link: string; log: string[] }>;
    end(): Promise<void>;
    /** Whether the page was shown from the cache. */
    cameBack: boolean | undefined;
  }
}

const SCRIPT = `
import { TelemetryCollector } from '/package/index.js';
window.start = async (link, persist) => {
  const log = [];
  const logger = { warn: (text) => log.push(text), error: (text) => log.push(text) };
  const collector = new TelemetryCollector({
    link,
    logger,
    ...(persist ? { persist: { name: 'returns ' + link } } : {}),
  });
  const jobs = collector.registerCounter('jobs_total');
  const read = async () => (await collector.getSnapshot()).metrics.jobs_total.value;
  window.count = (amount) => jobs.increment(amount);
  window.counted = async () => ({ jobs: await read(), link: collector.link, log });
  window.end = () => collector.shutdown();
  for (const name of ['pagehide', 'visibilitychange']) {
    addEventListener(name, () => jobs.increment());
  }
  addEventListener('pageshow', ({ persisted }) => (window.cameBack = persisted));
  const before = await read();
  return { link: collector.link, jobs: before };
};`;

/** Served without the `no-store` of other pages, which would keep it out of the cache. */
const page = (body: string): Answer => ({
  headers: {
    'content-type': 'text/html',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  },
  body: `<!doctype html>${body}`,
});

const BROWSERS = [
  {
    name: 'Chromium',
    launch: () => launchChromium({ backForwardCache: true }),
    here: requirePart('chromium', chromiumPath()),
    persists: [false, true],
  },
  {
    name: 'Firefox',
    launch: launchFirefox,
    here: requirePart('firefox', firefoxPath()),
    // Firefox keeps no page that holds a Web Lock.
    persists: [false],
  },
];
const LINKS: readonly Link[] = ['shared', 'message', 'inline'];

for (const { name, launch, here, persists } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let profile: Profile;
    let site: Site;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
      site = await serveFolder({
        isolated: true,
        roots: { '/package/': fileURLToPath(new URL('../../dist/', import.meta.url)) },
        routes: {
          '/page': page('<script type="module" src="/script.js"></script>'),
          '/script.js': SCRIPT,
          '/next': page('next'),
        },
      });
    });
    afterAll(async () => {
      await driver?.close();
      await site?.close();
    });

    const cases = LINKS.flatMap((link) => persists.map((persist) => ({ link, persist })));
    test.each(cases)('over the $link link, persist: $persist', async ({ link, persist }) => {
      const start = async () => {
        const tab = await profile.open(`${site.url}/page`);
        const begun = await tab.run(({ link, persist }) => window.start(link, persist), {
          link,
          persist,
        });
        return { tab, begun };
      };
      const { tab, begun } = await start();
      expect(begun).toEqual({ link, jobs: 0 });
      await tab.run(() => window.count(3));
      await tab.goto(`${site.url}/next`);
      await tab.back();
      // Three are recorded directly, one in `pagehide`, and one in each `visibilitychange`, when the page
      // is hidden and when it is shown again.
      await expect.poll(() => tab.run(() => window.cameBack)).toBe(true);
      await expect.poll(() => tab.run(() => document.visibilityState)).toBe('visible');
      await expect.poll(() => tab.run(() => window.counted())).toEqual({ jobs: 6, link, log: [] });
      await tab.run(() => window.count(2));
      expect((await tab.run(() => window.counted())).jobs).toBe(8);
      await tab.run(() => window.end());
      await tab.close();
      if (!persist) return;
      const later = await start();
      expect(later.begun).toEqual({ link, jobs: 8 });
      await later.tab.close();
    });
  });
}
