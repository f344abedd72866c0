/**
 * Tests what a page may forbid, and what may be missing. Each case must end in the best link that is still
 * possible, with the right numbers, and must be reported once.
 */
import { fileURLToPath } from 'node:url';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { FAULTS, type Fault, NOT_STORED, STORAGE_FAULTS, USING_SHARED } from './faults.ts';
import { type Site, serveFolder } from './harness.ts';

declare global {
  interface Window {
    telemetry: typeof Telemetry;
    busiest(): Telemetry.Feature<{ record(): Promise<unknown> }>;
  }
}

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = folder('../../dist/');
const FEATURES = folder('../../examples/features/');
/** The package, and a feature of this page. */
const pageScript = (library: string) => `
  import * as telemetry from '${library}';
  import { busiest } from '/features/busiest/feature.js';
  Object.assign(window, { telemetry, busiest });`;
const site = ({ policy, routes, damage = '' }: Partial<Fault>, library: string) =>
  serveFolder({
    isolated: true,
    headers: policy ? { 'content-security-policy': policy } : {},
    roots: { '/pkg/': DIST, '/features/': FEATURES },
    routes: {
      '/': `<!doctype html><script nonce="n" src="/damage.js"></script>
        <script nonce="n" type="module" src="/page.js"></script>`,
      '/damage.js': damage,
      '/page.js': pageScript(library),
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
  const feature = window.busiest();
  const collector = new window.telemetry.TelemetryCollector({
    logger,
    persist: { name: 'policies' },
    use: [feature],
  });
  const jobs = collector.registerCounter('jobs_total', 'Jobs');
  jobs.increment(5);
  await collector.flush();
  jobs.increment(2);
  const { metrics } = JSON.parse(await window.telemetry.formatJSON(collector));
  const { link, reason, storage, failed } = await collector.diagnostics();
  const answered = await collector.feature(feature).record();
  await collector.shutdown();
  return { jobs: metrics.jobs_total.value, answered, link, reason, storage, failed, log };
};

/**
 * What the browser itself writes to the console, which nobody can prevent: that a policy was broken, or
 * that a file could not be loaded.
 */
const BY_THE_BROWSER =
  /Content[ -]Security[ -]Policy|TrustedScriptURL|TrustedTypePolicy|Failed to load resource|ERR_BLOCKED_BY_RESPONSE|MIME type|Security Error: Content at/;

type Result = Awaited<ReturnType<typeof live>>;

function judge(result: Result, errors: readonly string[], expected: Fault): void {
  const { link, storage = 'indexeddb', failed = [], said, policy } = expected;
  expect(result).toMatchObject({ jobs: 7, answered: { series: '' }, link, storage });
  expect(result.reason).toMatch(link === 'inline' ? /worker/ : /memory|isolated/);
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

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}, with`, () => {
    let driver: Driver;
    let profile: Profile;
    beforeAll(async () => {
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterAll(() => driver?.close());

    const check = async (at: Site, expected: Fault) => {
      const tab = await profile.open(`${at.url}/`);
      const result = await tab.run(live);
      const errors = await tab.errors();
      await tab.close();
      judge(result, errors, expected);
    };

    test.each([...FAULTS, ...STORAGE_FAULTS])('$fault', async (expected) => {
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
        // Chromium throws and gives a reason; Firefox sends an event without one.
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
        roots: { '/pkg/': DIST, '/features/': FEATURES },
        routes: {
          '/': `<!doctype html><script>
            window.told = new Promise((resolve) => (onmessage = ({ data }) => resolve(data)));
          </script><iframe sandbox="allow-scripts" src="/frame"></iframe>`,
          '/frame': '<!doctype html><script type="module" src="/frame.js"></script>',
          '/frame.js': `${pageScript('/pkg/index.js')}
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
      // In Firefox nobody can open the database. In Chromium one can open it but not write.
      expect(new Set(result.log).size).toBe(1);
      expect(result.log[0]).toMatch(/(cannot be used|writing to storage failed).+QuotaExceeded/);
      expect(errors).toEqual([]);
      await full.close();
      await at.close();
    });
  });
}
