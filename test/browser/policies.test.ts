/**
 * What a page may forbid, and what may be missing: each must end in the best link that is still
 * possible, with the right numbers, and be told once.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, firefoxPath, requirePart } from '../parts.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { launchChromium, launchFirefox } from './drivers/puppeteer.ts';
import { type Answer, type Site, type SiteOptions, serveFolder } from './harness.ts';

declare global {
  interface Window {
    telemetry: typeof Telemetry;
  }
}

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const WORKER = '/pkg/worker.js';
const workerText = readFileSync(`${DIST}worker.js`, 'utf8');

const ISOLATED_WORKER = {
  'content-type': 'text/javascript',
  'cross-origin-embedder-policy': 'require-corp',
};
const missing: Answer = { status: 404, headers: ISOLATED_WORKER, body: 'not found' };

/** The worker as it is served, in a place where something is not as it should be. */
const workerAfter = (damage: string): Answer => ({
  headers: ISOLATED_WORKER,
  body: `{ ${damage} }\n${workerText}`,
});

/** How a way failed: its name, and what the reason must say in every browser. */
type Failure = readonly [way: string, reason: RegExp];

interface Case {
  readonly fault: string;
  readonly policy?: string;
  readonly routes?: SiteOptions['routes'];
  /** Runs in the page before anything else. */
  readonly damage?: string;
  readonly link: string;
  readonly storage?: string;
  readonly failed?: readonly Failure[];
  /** The one line that the logger is given. */
  readonly said?: RegExp;
}

const NOT_LOADED = /could not be loaded/;
const URL_FAILED: Failure = ['url', NOT_LOADED];
const URL_UNTRUSTED: Failure = ['url', /trusted ?type|TrustedScriptURL|Sink type/i];
const BLOB_FAILED: Failure = ['blob', NOT_LOADED];
const USING_SHARED = /using the shared link \(url: [^;]+\)$/;
const USING_INLINE = /using the inline link \(url: .+; blob: .+\)$/;
const NOT_STORED = /storage cannot be used, totals will not survive: /;

const CASES: readonly Case[] = [
  { fault: 'nothing', link: 'shared' },

  {
    fault: 'worker.js without Cross-Origin-Embedder-Policy',
    routes: { [WORKER]: { headers: { 'content-type': 'text/javascript' }, body: workerText } },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: 'no worker.js',
    routes: { [WORKER]: missing },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: 'the page of the application in the place of worker.js',
    routes: {
      [WORKER]: {
        headers: { ...ISOLATED_WORKER, 'content-type': 'text/html' },
        body: '<!doctype html><title>App</title>',
      },
    },
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },

  { fault: "worker-src 'self'", policy: "worker-src 'self'", link: 'shared' },
  {
    fault: 'worker-src blob:',
    policy: 'worker-src blob:',
    link: 'shared',
    failed: [URL_FAILED],
    said: USING_SHARED,
  },
  {
    fault: "worker-src 'none'",
    policy: "worker-src 'none'",
    link: 'inline',
    failed: [URL_FAILED, BLOB_FAILED],
    said: USING_INLINE,
  },
  {
    fault: "script-src 'self', and no worker.js",
    policy: "script-src 'self'",
    routes: { [WORKER]: missing },
    link: 'inline',
    failed: [URL_FAILED, BLOB_FAILED],
    said: USING_INLINE,
  },

  {
    // As is recommended to sites that cannot list their scripts.
    fault: "script-src 'nonce-…' 'strict-dynamic'",
    policy: "script-src 'nonce-n' 'strict-dynamic'; object-src 'none'; base-uri 'none'",
    link: 'shared',
  },
  {
    fault: 'everything forbidden but scripts and workers of its own',
    policy: "default-src 'none'; script-src 'self'; worker-src 'self'",
    link: 'shared',
  },

  {
    fault: 'Trusted Types, any policy',
    policy: "require-trusted-types-for 'script'",
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, our policy',
    policy: "require-trusted-types-for 'script'; trusted-types utilityfog-telemetry",
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, our policy, and no worker.js',
    policy: "require-trusted-types-for 'script'; trusted-types utilityfog-telemetry",
    routes: { [WORKER]: missing },
    link: 'shared',
    failed: [URL_UNTRUSTED],
    said: USING_SHARED,
  },
  {
    fault: 'Trusted Types, the policies of others',
    policy: "require-trusted-types-for 'script'; trusted-types other",
    link: 'inline',
    failed: [URL_UNTRUSTED, ['blob', /policy/i]],
    said: USING_INLINE,
  },

  {
    fault: 'a Worker constructor that throws',
    damage: `globalThis.Worker = class { constructor() { throw new Error('no workers today'); } };`,
    link: 'inline',
    failed: [
      ['url', /no workers today/],
      ['blob', /no workers today/],
    ],
    said: USING_INLINE,
  },
  { fault: 'no Worker', damage: 'delete globalThis.Worker;', link: 'inline' },
  {
    fault: 'no navigator.locks',
    damage: `Object.defineProperty(navigator, 'locks', { value: undefined });`,
    routes: {
      [WORKER]: workerAfter(`Object.defineProperty(navigator, 'locks', { value: undefined });`),
    },
    link: 'shared',
  },
  {
    fault: 'no fetch',
    damage: 'delete globalThis.fetch;',
    routes: { [WORKER]: workerAfter('delete globalThis.fetch;') },
    link: 'shared',
  },
];

/** What may be wrong with IndexedDB; it is used in the worker, and in the page where that is inline. */
const NO_STORAGE: readonly { fault: string; damage: string }[] = [
  {
    fault: 'no IndexedDB',
    damage: `Object.defineProperty(globalThis, 'indexedDB', { value: undefined });`,
  },
  {
    fault: 'IndexedDB that throws when it is named',
    damage: `Object.defineProperty(globalThis, 'indexedDB', {
      get() { throw new DOMException('storage is disabled', 'SecurityError'); },
    });`,
  },
  {
    fault: 'IndexedDB that throws when it is opened',
    damage: `IDBFactory.prototype.open = () => {
      throw new DOMException('storage is disabled', 'SecurityError');
    };`,
  },
  {
    fault: 'IndexedDB that refuses to open',
    damage: `IDBFactory.prototype.open = () => {
      const request = { error: new DOMException('a mutation was attempted', 'InvalidStateError') };
      setTimeout(() => request.onerror?.(new Event('error')));
      return request;
    };`,
  },
];

const STORAGE_CASES: readonly Case[] = NO_STORAGE.flatMap(({ fault, damage }) => [
  {
    fault: `${fault}, in the worker`,
    routes: { [WORKER]: workerAfter(damage) },
    link: 'shared',
    storage: 'memory',
    said: NOT_STORED,
  },
  {
    fault: `${fault}, inline`,
    damage: `delete globalThis.Worker; ${damage}`,
    link: 'inline',
    storage: 'memory',
    said: NOT_STORED,
  },
]);

const site = ({ policy, routes, damage = '' }: Partial<Case>, library: string) =>
  serveFolder({
    isolated: true,
    headers: policy ? { 'content-security-policy': policy } : {},
    roots: { '/pkg/': DIST },
    routes: {
      '/': `<!doctype html><script nonce="n" src="/damage.js"></script>
        <script nonce="n" type="module" src="/page.js"></script>`,
      '/damage.js': damage,
      '/page.js': `import * as telemetry from '${library}'; window.telemetry = telemetry;`,
      ...routes,
    },
  });

/** Runs in the page. */
const live = async () => {
  const log: string[] = [];
  const logger = {
    info: (text: string) => void log.push(text),
    warn: (text: string) => void log.push(text),
    error: (text: string) => void log.push(text),
  };
  const collector = new window.telemetry.TelemetryCollector({
    logger,
    persist: { name: 'policies' },
  });
  const jobs = collector.registerCounter('jobs_total', 'Jobs');
  jobs.increment(5);
  await collector.flush();
  jobs.increment(2);
  const { metrics } = JSON.parse(await window.telemetry.formatJSON(collector));
  const { link, storage, failed } = await collector.diagnostics();
  await collector.shutdown();
  return { jobs: metrics.jobs_total.value, link, storage, failed, log };
};

/**
 * What the browser itself says of a refusal, and nobody can keep from the console: that a policy
 * was broken, or that a file could not be had.
 */
const BY_THE_BROWSER =
  /Content[ -]Security[ -]Policy|TrustedScriptURL|TrustedTypePolicy|Failed to load resource|ERR_BLOCKED_BY_RESPONSE|MIME type|Security Error: Content at/;

type Result = Awaited<ReturnType<typeof live>>;

function judge(result: Result, errors: readonly string[], expected: Case): void {
  const { link, storage = 'indexeddb', failed = [], said, policy } = expected;
  expect(result).toMatchObject({ jobs: 7, link, storage });
  expect(result.failed.map(({ way }) => way)).toEqual(failed.map(([way]) => way));
  for (const [i, [, reason]] of failed.entries()) expect(result.failed[i].reason).toMatch(reason);
  expect(result.log).toEqual(said ? [expect.stringMatching(said)] : []);
  expect(errors.filter((text) => !BY_THE_BROWSER.test(text))).toEqual([]);
  // A page that breaks no rule has nothing to report.
  if (failed.length === 0 && !policy) expect(errors).toEqual([]);
}

const TO_ALL = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

const BROWSERS = [
  { name: 'Chromium', launch: launchChromium, here: requirePart('chromium', chromiumPath()) },
  { name: 'Firefox', launch: launchFirefox, here: requirePart('firefox', firefoxPath()) },
];

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}, with`, () => {
    let driver: Driver;
    let profile: Profile;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterAll(() => driver?.close());

    const check = async (at: Site, expected: Case) => {
      const tab = await profile.open(`${at.url}/`);
      const result = await tab.run(live);
      const errors = await tab.errors();
      await tab.close();
      judge(result, errors, expected);
    };

    test.each([...CASES, ...STORAGE_CASES])('$fault', async (expected) => {
      const at = await site(expected, '/pkg/index.js');
      await check(at, expected);
      await at.close();
    });

    test('the library on another origin', async () => {
      const cdn = await serveFolder({ isolated: false, headers: TO_ALL, roots: { '/pkg/': DIST } });
      const at = await site({}, `${cdn.url}/pkg/index.js`);
      await check(at, {
        fault: '',
        link: 'shared',
        // Chromium throws and says so, Firefox sends an event that tells nothing.
        failed: [['url', /origin|could not be loaded/]],
        said: USING_SHARED,
      });
      await at.close();
      await cdn.close();
    });

    test('a frame in a sandbox, which has no origin', async () => {
      const at = await serveFolder({
        isolated: false,
        headers: TO_ALL,
        roots: { '/pkg/': DIST },
        routes: {
          '/': `<!doctype html><script>
            window.told = new Promise((resolve) => (onmessage = ({ data }) => resolve(data)));
          </script><iframe sandbox="allow-scripts" src="/frame"></iframe>`,
          '/frame': '<!doctype html><script type="module" src="/frame.js"></script>',
          '/frame.js': `import * as telemetry from '/pkg/index.js'; window.telemetry = telemetry;
            parent.postMessage(await (${live})(), '*');`,
        },
      });
      const tab = await profile.open(`${at.url}/`);
      const result = await tab.run(() => (window as unknown as { told: Promise<Result> }).told);
      const errors = await tab.errors();
      await tab.close();
      expect(result).toMatchObject({ jobs: 7, link: 'message', storage: 'memory' });
      expect(result.failed).toEqual([{ way: 'url', reason: expect.any(String) }]);
      expect(result.log.toSorted()).toEqual([
        expect.stringMatching(NOT_STORED),
        expect.stringMatching(/using the message link \(url: [^;]+\)$/),
      ]);
      expect(errors.filter((text) => !BY_THE_BROWSER.test(text))).toEqual([]);
      await at.close();
    });

    test('storage that is full', async () => {
      const full = await launch({ storageQuota: 1 });
      const at = await site({}, '/pkg/index.js');
      const tab = await (await full.newProfile()).open(`${at.url}/`);
      const result = await tab.run(live);
      const errors = await tab.errors();
      expect(result).toMatchObject({ jobs: 7, link: 'shared', failed: [] });
      // Firefox lets nobody open the database. Chromium does, and lets nobody write.
      expect(new Set(result.log).size).toBe(1);
      expect(result.log[0]).toMatch(/(cannot be used|writing to storage failed).+QuotaExceeded/);
      expect(errors).toEqual([]);
      await full.close();
      await at.close();
    });
  });
}
