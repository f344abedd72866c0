/** Tests that what a page has recorded is kept when it is hidden, left or closed. */
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile, Tab } from './drivers/driver.ts';
import { type Site, serveFolder } from './harness.ts';
import { TRIES } from './left-pages.ts';

type Link = 'shared' | 'message' | 'inline';
/** What is in storage: when the totals were written, and the exported counter. */
interface Kept {
  readonly written: number | undefined;
  readonly exported: number | undefined;
}
declare global {
  interface Window {
    begin(link: Link): Promise<{ link: string; total: number }>;
    record(amount: number): void;
    /** Records once in each of six listeners of the page's end. */
    listen(): void;
    kept(): Promise<Kept>;
    /** Resolves once no page of this profile holds a lock. */
    unlocked(): Promise<void>;
    /** Exports without a pause. */
    exportAlways(): Promise<void>;
    /** Reads what is exported. The second call returns the longest stall. */
    watch(): Promise<{ readings: number; stall: number }>;
  }
}

/** Only the end of the page makes it write: no run comes within the hour. */
const VISIT = `
import { JSONExporter, PeriodicExporter, TelemetryCollector } from '/package/index.js';
window.begin = async (link) => {
  const collector = new TelemetryCollector({ link, persist: { name: 'visits' } });
  const jobs = collector.registerCounter('jobs_total');
  window.record = (amount) => jobs.increment(amount);
  window.listen = () => {
    for (const [target, name, options] of [
      [window, 'beforeunload'],
      [window, 'pagehide', true],
      [window, 'pagehide'],
      [document, 'visibilitychange', true],
      [document, 'visibilitychange', { once: true }],
      [window, 'visibilitychange'],
    ]) target.addEventListener(name, () => jobs.increment(), options);
  };
  const exporter = new JSONExporter('visit.json');
  await new PeriodicExporter(exporter, collector, { interval: 3600 }).start();
  const { metrics } = await collector.getSnapshot();
  return { link: collector.link, total: metrics.jobs_total.value };
};
window.exportAlways = async () => {
  const collector = new TelemetryCollector({ link: 'shared' });
  const exporter = new JSONExporter('always.json');
  await exporter.exportMetrics(collector);
  await new PeriodicExporter(exporter, collector, { interval: 0.1 }).start();
};`;

/** Reads what the visits have written, as src/storage/indexeddb.ts describes it. */
const OBSERVER = `
const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
window.kept = async () => {
  const database = await settled(indexedDB.open('utilityfog-telemetry'));
  const store = database.transaction('keyval').objectStore('keyval');
  const range = IDBKeyRange.bound(['record', 'visits'], ['record', 'visits', []]);
  const [records, bytes] = await Promise.all([
    settled(store.getAll(range)),
    settled(store.get('visit.json')),
  ]);
  database.close();
  return {
    written: records[0]?.written,
    exported: bytes && JSON.parse(new TextDecoder().decode(bytes)).metrics.jobs_total.value,
  };
};
window.unlocked = async () => {
  while ((await navigator.locks.query()).held.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
let seen;
window.watch = async () => {
  if (seen) return seen;
  seen = { readings: 0, stall: 0 };
  const database = await settled(indexedDB.open('utilityfog-telemetry'));
  const read = async () => {
    const store = database.transaction('keyval').objectStore('keyval');
    const { metrics } = JSON.parse(new TextDecoder().decode(await settled(store.get('always.json'))));
    seen.readings++;
    seen.stall = Math.max(seen.stall, metrics.telemetry_main_thread_stall_seconds.value);
    setTimeout(read, 50);
  };
  await read();
  return seen;
};`;

const LINKS: readonly Link[] = ['shared', 'message', 'inline'];

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let site: Site;
    let profile: Profile;
    /** The site does not answer while the gate is closed. */
    let gate = Promise.resolve();
    let openGate = () => {};
    beforeAll(async () => {
      driver = await launch();
      site = await serveFolder({
        isolated: true,
        roots: { '/package/': fileURLToPath(new URL('../../dist/', import.meta.url)) },
        routes: {
          '/visit': '<!doctype html><script type="module" src="/visit.js"></script>',
          '/visit.js': VISIT,
          '/observer': '<!doctype html><script src="/observer.js"></script>',
          '/observer.js': OBSERVER,
        },
        gate: () => gate,
      });
    });
    afterAll(async () => {
      await driver?.close();
      await site?.close();
    });
    beforeEach(async () => {
      profile = await driver.newProfile();
    });
    afterEach(async () => {
      openGate();
      await profile.close();
    });

    const begin = async (link: Link) => {
      const tab = await profile.open(`${site.url}/visit`);
      const begun = await tab.run((link) => window.begin(link), link);
      expect(begun.link).toBe(link);
      return { tab, total: begun.total };
    };
    /** Resolves once `observer` sees that everything was written again, with the counter at `exported`. */
    const written = (observer: Tab, { written: before }: Kept, exported: number) =>
      observer.run(
        async ({ before, exported }) => {
          for (;;) {
            const kept = await window.kept();
            if (kept.written !== before && kept.exported === exported) return;
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        },
        { before, exported },
      );
    /**
     * Resolves to what the next visit finds. It comes once the browser has released the locks of those
     * before.
     */
    const found = async (link: Link): Promise<number> => {
      const observer = await profile.open(`${site.url}/observer`);
      await observer.run(() => window.unlocked());
      const { tab, total } = await begin(link);
      await tab.close();
      await observer.close();
      return total;
    };

    test('a tab that nobody has looked at yet does not stall', async () => {
      const tab = await profile.open(`${site.url}/visit`);
      const observer = await profile.open(`${site.url}/observer`);
      await observer.show();
      await expect.poll(() => tab.run(() => document.visibilityState)).toBe('hidden');
      await tab.run(() => window.exportAlways());
      const before = await observer.run(() => window.watch());
      expect(before.readings).toBe(1);
      await tab.run(() => {
        for (const end = Date.now() + 2_000; Date.now() < end; );
      });
      // A browser may run both tabs in one process. Then the observer was held up, too.
      const watch = () => observer.run(() => window.watch());
      await expect.poll(async () => (await watch()).readings).toBeGreaterThan(1);
      expect((await watch()).stall).toBe(0);
    });

    describe.each(LINKS)('over the %s link', (link) => {
      test('a tab that is hidden', async () => {
        const observer = await profile.open(`${site.url}/observer`);
        const { tab } = await begin(link);
        const before = await observer.run(() => window.kept());
        await tab.run(() => window.record(3));
        await observer.show();
        await written(observer, before, 3);
        await tab.close();
        expect(await found(link)).toBe(3);
      });

      test('a page that is left for another', async () => {
        const observer = await profile.open(`${site.url}/observer`);
        const { tab } = await begin(link);
        const before = await observer.run(() => window.kept());
        await tab.run(() => window.record(3));
        gate = new Promise((resolve) => (openGate = resolve));
        // Browsers keep a page until the next one has begun to arrive.
        const left = tab.goto(`${site.url}/observer`);
        await written(observer, before, 3);
        openGate();
        await left;
        expect(await found(link)).toBe(3);
      });

      // The web-vitals library does the same.
      test('what the application records in its own listeners as the page is left', async () => {
        let kept = 0;
        // Seldom, a browser ends the worker of a page that is left before it has written.
        for (let tries = 0; kept < 6 && tries < TRIES; tries++) {
          const { tab, total } = await begin(link);
          await tab.run(() => window.listen());
          gate = new Promise((resolve) => setTimeout(resolve, 150));
          await tab.goto(`${site.url}/observer`);
          kept = (await found(link)) - total;
        }
        expect(kept).toBe(6);
      });

      test('a tab that is closed at once, if the browser gives it the time', async () => {
        let total = 0;
        for (let tries = 0; total === 0 && tries < TRIES; tries++) {
          const { tab } = await begin(link);
          await tab.run(() => window.record(3));
          await tab.close();
          total = await found(link);
        }
        expect(total).toBe(3);
      });
    });
  });
}
