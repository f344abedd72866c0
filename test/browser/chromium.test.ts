/** Runs the built package in real Chromium, in each way in which a page can be served. */
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumPath, requirePart } from '../parts.ts';
import {
  launchChromium,
  type OpenPage,
  type Site,
  serveFolder,
  type TestBrowser,
} from './harness.ts';

/** What the page has made available to the functions below, which run in it. */
declare global {
  interface Window {
    telemetry: typeof Telemetry;
    scenario(telemetry: typeof Telemetry, options: object): Promise<Scenario>;
    readKey(key: string): Promise<string | undefined>;
  }
}

interface Scenario {
  readonly link: string;
  readonly exposition: string[];
  readonly heard: unknown[];
}

/** What one look at an exporter's output found while the main thread was busy. */
interface Reading {
  readonly at: number;
  readonly timestamp: number;
  readonly turns: number;
  readonly stall: number;
}

const PAGE = `<!doctype html><title>Telemetry</title>
<script type="module">
  import * as telemetry from '/pkg/index.js';
  import { scenario } from '/programs/scenario.mjs';
  import { readKey } from '/read-key.js';
  Object.assign(window, { telemetry, scenario, readKey });
</script>`;

/** Reads an export back as the documentation tells applications to. */
const READ_KEY = `
export async function readKey(key) {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const database = await settled(indexedDB.open('utilityfog-telemetry'));
  try {
    if (!database.objectStoreNames.contains('keyval')) return undefined;
    const bytes = await settled(database.transaction('keyval').objectStore('keyval').get(key));
    return bytes && new TextDecoder().decode(bytes);
  } finally {
    database.close();
  }
}`;

/** A thread of the page that joins its collector. */
const JOINING_WORKER = `
import { TelemetryCollector } from '/pkg/index.js';
let collector;
onmessage = async ({ data }) => {
  if (data === 'shut down') return postMessage(await collector.shutdown());
  const { port, amount } = data;
  collector = TelemetryCollector.connect(port);
  const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
  collector.registerGauge('workers_active', 'Workers').set(1);
  jobs.increment(amount, { kind: 'test' });
  collector.recordEvent('joined', { amount });
  await collector.flush();
  postMessage(collector.link);
};`;

/** Reports every new export, on its own thread and clock. */
const OBSERVER = `
import { readKey } from '/read-key.js';
let last;
for (;;) {
  const text = await readKey('periodic.json');
  const snapshot = text && JSON.parse(text);
  if (snapshot && snapshot.timestamp !== last) {
    last = snapshot.timestamp;
    postMessage({
      at: Date.now(),
      timestamp: last,
      turns: snapshot.metrics.turns_total.value,
      stall: snapshot.metrics.telemetry_main_thread_stall_seconds.value,
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}`;

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SITE = {
  roots: { '/pkg/': folder('../../dist/'), '/programs/': folder('../runtimes/programs/') },
  routes: {
    '/': PAGE,
    '/read-key.js': READ_KEY,
    '/joining.js': JOINING_WORKER,
    '/observer.js': OBSERVER,
  },
};

/** How the page is served, and which link is then possible. */
interface Way {
  readonly way: string;
  readonly link: string;
  readonly isolated: boolean;
  readonly headers: Readonly<Record<string, string>>;
}
const WAYS: readonly Way[] = [
  { way: 'an isolated page', link: 'shared', isolated: true, headers: {} },
  { way: 'a page that is not isolated', link: 'message', isolated: false, headers: {} },
  {
    way: 'a page that may start no worker',
    link: 'inline',
    isolated: false,
    headers: { 'content-security-policy': "worker-src 'none'" },
  },
];

const hasChromium = requirePart('chromium', chromiumPath());

describe.skipIf(!hasChromium)('in Chromium', () => {
  let browser: TestBrowser;
  const scenarios = new Map<string, Scenario>();
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  describe.each(WAYS)('$way', ({ link, isolated, headers }) => {
    let site: Site;
    let context: BrowserContext;
    let opened: OpenPage[];
    /** A tab of a profile that no other test shares. */
    const open = async () => {
      const tab = await browser.openPage(`${site.url}/`, context);
      opened.push(tab);
      return tab.page;
    };

    beforeAll(async () => {
      site = await serveFolder({ ...SITE, isolated, headers });
    });
    afterAll(() => site.close());
    beforeEach(async () => {
      context = await browser.newContext();
      opened = [];
    });
    afterEach(async () => {
      await context.close();
      // The browser itself reports the workers that the policy refused, which nobody can prevent.
      const refusal = /Content Security Policy directive: "worker-src 'none'"/;
      const errors = opened.flatMap((tab) => tab.errors);
      expect(errors.filter((text) => link !== 'inline' || !refusal.test(text))).toEqual([]);
    });

    test(`records, hooks and exposes over the ${link} link`, async () => {
      const page = await open();
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
      const result = await page.evaluate(() => window.scenario(window.telemetry, {}));
      expect(result.link).toBe(link);
      expect(result.exposition.length).toBeGreaterThan(50);
      expect(result.heard).toHaveLength(1);
      scenarios.set(link, result);
    });

    test('exports to keys in IndexedDB, and has no file system to serve from', async () => {
      const page = await open();
      const result = await page.evaluate(async () => {
        const { JSONExporter, MultiExporter, PrometheusAdapter, TelemetryCollector } =
          window.telemetry;
        const collector = new TelemetryCollector();
        collector.registerCounter('jobs_total', 'Jobs').increment(3);
        const exporter = new MultiExporter([
          new JSONExporter('metrics.json', { pretty: true }),
          new PrometheusAdapter('metrics.prom'),
        ]);
        const succeeded = await exporter.exportMetrics(collector);
        const serving = await collector.serve({ port: 0 }).catch((error) => error.code);
        await collector.shutdown();
        return {
          succeeded,
          serving,
          json: await window.readKey('metrics.json'),
          prometheus: await window.readKey('metrics.prom'),
        };
      });
      expect(result).toMatchObject({ succeeded: true, serving: 'cannot_serve' });
      expect(JSON.parse(result.json ?? '').metrics.jobs_total.value).toBe(3);
      expect(result.prometheus).toContain('# TYPE jobs_total counter\njobs_total 3\n');
    });

    /** Runs in the page. Opens the totals of earlier lives, adds to them, and waits until that is kept. */
    const live = async (add: number) => {
      const collector = new window.telemetry.TelemetryCollector({
        collectionInterval: 0.1,
        persist: { name: 'shop' },
      });
      const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
      await collector.startCollection();
      const jobsNow = async (): Promise<number> => {
        const { metrics } = JSON.parse(await window.telemetry.formatJSON(collector));
        return metrics.jobs_total[0]?.value ?? 0;
      };
      const before = await jobsNow();
      jobs.increment(add, { kind: 'test' });
      const run = () =>
        new Promise<void>((resolve) => {
          const remove: () => void = collector.addHook('collection', () => resolve(remove()));
        });
      // The run under way may have begun before. The next one has seen it, and has saved.
      await run();
      await run();
      return { before, after: await jobsNow() };
    };

    /** Runs in the page. Resolves once the browser has let go of what the pages before have held. */
    const unlocked = async () => {
      while ((await navigator.locks.query()).held!.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };

    test('persist survives reloads', async () => {
      const page = await open();
      expect(await page.evaluate(live, 5)).toEqual({ before: 0, after: 5 });
      await page.reload();
      expect(await page.evaluate(live, 3)).toEqual({ before: 5, after: 8 });
      await page.reload();
      expect(await page.evaluate(live, 0)).toEqual({ before: 8, after: 8 });
    });

    test('two tabs with the same persist name overwrite nothing', async () => {
      const [first, second] = [await open(), await open()];
      expect(await first.evaluate(live, 10)).toEqual({ before: 0, after: 10 });
      // Other tabs must not claim what belongs to an open tab.
      expect(await second.evaluate(live, 200)).toEqual({ before: 0, after: 200 });
      await first.close();
      await second.close();
      const third = await open();
      await third.evaluate(unlocked);
      expect(await third.evaluate(live, 0)).toEqual({ before: 210, after: 210 });
    });

    // The rest is about other threads.
    if (link === 'inline') return;

    /** Runs in the page. Blocks it for so many seconds, and returns what was exported until a moment after that. */
    const beBusy = async (seconds: number) => {
      const { JSONExporter, PeriodicExporter, TelemetryCollector } = window.telemetry;
      const collector = new TelemetryCollector();
      const turns = collector.registerCounter('turns_total', 'Turns of the loop');
      const exporter = new JSONExporter('periodic.json');
      // This comes first, since whoever opens the database before it exists makes one without the object
      // store.
      await exporter.exportMetrics(collector);
      await new PeriodicExporter(exporter, collector, { interval: 0.25 }).start();

      const readings: Reading[] = [];
      const observer = new Worker('/observer.js', { type: 'module' });
      const observed = new Promise<void>((resolve) => {
        observer.onmessage = ({ data }) => {
          readings.push(data);
          resolve();
        };
      });
      await observed;
      const start = Date.now();
      while (Date.now() < start + 1000 * seconds) turns.increment();
      const end = Date.now();
      // Whatever the observer reported meanwhile comes before its next report.
      await new Promise<void>((resolve) => {
        observer.onmessage = ({ data }) => {
          readings.push(data);
          if (data.at > end) resolve();
        };
      });
      observer.terminate();
      await collector.shutdown();
      const during = readings.filter(({ at }) => at > start && at < end);
      return { during, start, end, turns: turns.getValue().value };
    };

    test('goes on exporting while the page is busy for some seconds', async () => {
      const page = await open();
      let seconds = 3;
      let busy = await page.evaluate(beBusy, seconds);
      // One every 0.25 s would make 12; a machine that is busy with other tests misses many, and may take longer.
      const isSeen = () => busy.during.length >= 3 && busy.during.at(-1)!.stall > 1.5;
      for (; !isSeen() && seconds < 24; busy = await page.evaluate(beBusy, seconds)) seconds *= 2;
      const { during, start, end, turns } = busy;
      expect(during.length).toBeGreaterThanOrEqual(3);
      expect(during.length).toBeLessThanOrEqual((end - start) / 250 + 2);
      const timestamps = during.map(({ timestamp }) => timestamp);
      expect(timestamps).toEqual([...timestamps].sort((a, b) => a - b));
      expect(during.at(-1)?.stall).toBeGreaterThan(1.5);
      expect(during.at(-1)?.stall).toBeLessThan((end - start) / 1000 + 1);
      // Only shared memory can be read while its owner is stuck.
      const values = during.map((reading) => reading.turns);
      if (link === 'shared') {
        for (let i = 1; i < values.length; i++) expect(values[i]).toBeGreaterThan(values[i - 1]);
        expect(values.at(-1)).toBeLessThanOrEqual(turns);
      } else {
        expect(new Set(values).size).toBe(1);
      }
    });

    /** Runs in the page. Workers join; returns what is seen then, and what after they ended in one way. */
    const joinWorkers = async ({ end, amounts }: { end: string; amounts: number[] }) => {
      const collector = new window.telemetry.TelemetryCollector();
      const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
      const active = collector.registerGauge('workers_active', 'Workers');
      jobs.increment(1, { kind: 'test' });
      active.set(1);
      const answer = (worker: Worker) =>
        new Promise<string>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message));
        });
      const workers = amounts.map((amount) => {
        const worker = new Worker('/joining.js', { type: 'module' });
        const port = collector.createPort();
        worker.postMessage({ port, amount }, [port]);
        return worker;
      });
      const links = await Promise.all(
        workers.map(async (worker) => {
          const link = await answer(worker);
          // Ended at once: nothing that the worker does after its flush() may be needed.
          if (end === 'terminated') worker.terminate();
          return link;
        }),
      );
      const read = async () => {
        const { metrics } = JSON.parse(await window.telemetry.formatJSON(collector));
        return { jobs: metrics.jobs_total[0].value, active: metrics.workers_active.value };
      };
      const together = await read();

      if (end === 'shut down') {
        for (const worker of workers) worker.postMessage('shut down');
        await Promise.all(workers.map(answer));
        for (const worker of workers) worker.terminate();
      }
      // Nobody in particular is told of a worker's end, so this looks until its gauge is gone.
      let after = await read();
      for (const deadline = Date.now() + 60_000; after.active > 1 && Date.now() < deadline; ) {
        after = await read();
      }
      const events = (await collector.getEvents()).map(({ name, value }) => ({ name, value }));
      await collector.shutdown();
      return { links, together, after, events };
    };

    test('workers of the page join, and leave their counts', async () => {
      const page = await open();
      const result = await page.evaluate(joinWorkers, { end: 'shut down', amounts: [20, 300] });
      expect(result.links).toEqual([link, link]);
      expect(result.together).toEqual({ jobs: 321, active: 3 });
      expect(result.after).toEqual({ jobs: 321, active: 1 });
      expect(result.events).toHaveLength(2);
      expect(result.events).toContainEqual({ name: 'joined', value: { amount: 20 } });
      expect(result.events).toContainEqual({ name: 'joined', value: { amount: 300 } });
    });

    test('workers that are terminated leave counts, not gauges', async () => {
      const page = await open();
      const amounts = Array.from({ length: 10 }, (_, i) => i);
      const result = await page.evaluate(joinWorkers, { end: 'terminated', amounts });
      expect(result.after).toEqual({ jobs: 46, active: 1 });
    });
  });

  test('a worker that ends without a word is replaced, and joined threads follow', async () => {
    const site = await serveFolder({ ...SITE, isolated: true });
    const { page, errors } = await browser.openPage(`${site.url}/`);
    const result = await page.evaluate(async () => {
      // A worker that is silent for 30 seconds counts as gone. This makes them short.
      const { setInterval } = window;
      window.setInterval = ((run: () => void, ms: number) =>
        setInterval(run, ms / 100)) as typeof window.setInterval;
      const started: Worker[] = [];
      const worker = () => {
        started.push(new Worker('/pkg/worker.js', { type: 'module' }));
        return started[started.length - 1];
      };
      const log: string[] = [];
      const logger = { warn: (text: string) => void log.push(text), error: () => {} };
      const collector = new window.telemetry.TelemetryCollector({ worker, logger });
      collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['kind'] });
      const joining = new Worker('/joining.js', { type: 'module' });
      const port = collector.createPort();
      const answer = () =>
        new Promise((resolve) => {
          joining.onmessage = ({ data }) => resolve(data);
        });
      joining.postMessage({ port, amount: 20 }, [port]);
      await answer();
      started[0].terminate();
      const jobs = async () => {
        const { metrics } = await collector.getSnapshot();
        return (metrics.jobs_total as unknown as { value: number }[] | undefined)?.[0]?.value;
      };
      let seen = await jobs();
      while (seen === undefined || started.length < 2) seen = await jobs();
      joining.postMessage('shut down');
      await answer();
      const left = await jobs();
      await collector.shutdown();
      return { seen, left, log };
    });
    await page.close();
    await site.close();
    expect(result.seen).toBe(20);
    expect(result.left).toBe(20);
    expect(result.log).toContainEqual(expect.stringContaining('has not answered'));
    expect(errors).toEqual([]);
  });

  test('all three links gave the same results', () => {
    const [shared, message, inline] = ['shared', 'message', 'inline'].map((link) =>
      scenarios.get(link),
    );
    expect(shared).toBeDefined();
    expect(message).toEqual({ ...shared, link: 'message' });
    expect(inline).toEqual({ ...shared, link: 'inline' });
  });
});
