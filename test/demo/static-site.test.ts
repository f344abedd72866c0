/** Tests the demo as a host of mere files serves it: without any header, and below a path. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIREFOX, WEBKIT } from '../browser/drivers/browsers.ts';
import type { Driver, Tab } from '../browser/drivers/driver.ts';
import { launchChromium, type Site, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'scripts', 'build-demo.mjs');
const PAGE = '/some/where/index.html';

let site: Site;
let asked: string[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telemetry-demo-'));
  await promisify(execFile)(process.execPath, [BUILD, folder]);
  site = await serveFolder({
    roots: { '/some/where/': folder },
    isolated: false,
    asked: (path) => asked.push(path),
  });
});
afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true });
});
const timesAsked = () => asked.filter((path) => path === PAGE).length;

describe.skipIf(!requirePart('chromium', chromiumPath()))('the demo as static files', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** Opens a small swarm in a profile of its own, in which `script` runs before the page does. */
  const open = async (script?: () => void) => {
    asked = [];
    const context = await browser.newContext();
    if (script) await context.addInitScript(script);
    return browser.openPage(`${site.url}${PAGE}?depth=4`, context);
  };

  test('becomes isolated after one reload, and is so at once on the next visit', async () => {
    const { page, errors } = await open();
    await page.waitForSelector('#link[data-link="shared"]');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(timesAsked()).toBe(2);
    const again = await page.context().newPage();
    await again.goto(`${site.url}${PAGE}?depth=4`);
    await again.waitForSelector('#link[data-link="shared"]');
    expect(timesAsked()).toBe(3);
    // What is loaded on demand is found below the path, too.
    await page.click('#block');
    await page.click('#compare-open');
    await page.waitForSelector('#compare-all');
    await expect.poll(() => asked).toContain('/some/where/proof-worker.js');
    expect(asked.filter((path) => !path.startsWith('/some/where/'))).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('runs without isolation where there are no service workers', async () => {
    const { page, errors } = await open(() => {
      delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker;
    });
    await page.waitForSelector('#link[data-link="message"]');
    expect(timesAsked()).toBe(1);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('runs without isolation where the service worker cannot be had', async () => {
    const { page, errors } = await open(() => {
      navigator.serviceWorker.register = () => Promise.reject(new Error('not here'));
    });
    await page.waitForSelector('#link[data-link="message"]');
    expect(timesAsked()).toBe(1);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test.each(['isolation-worker.js', 'isolate.ts'])(
    'docs/browsers.md shows what the demo uses: %s',
    async (file) => {
      const code = await readFile(join(ROOT, 'demo', 'isolation', file), 'utf8');
      const docs = await readFile(join(ROOT, 'docs', 'browsers.md'), 'utf8');
      expect(docs).toContain(`\n${code}\`\`\`\n`);
    },
  );
});

const OTHERS = [
  { ...FIREFOX, link: 'shared' },
  // Its pages are isolated, too, and still have no SharedArrayBuffer.
  { ...WEBKIT, link: 'message' },
];

for (const { name, launch, here, link } of OTHERS) {
  describe.skipIf(!here)(`the demo as static files in ${name}`, () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await launch();
    });
    afterAll(() => driver?.close());

    test('becomes isolated after one reload, and is so at once on the next visit', async () => {
      asked = [];
      const profile = await driver.newProfile();
      const tab = await profile.open(`${site.url}${PAGE}?depth=4`);
      const expected = { isIsolated: true, link };
      await expect.poll(() => stateOf(tab), { timeout: 60_000 }).toEqual(expected);
      expect(timesAsked()).toBe(2);
      await tab.goto(`${site.url}${PAGE}?depth=4`);
      await expect.poll(() => stateOf(tab), { timeout: 60_000 }).toEqual(expected);
      expect(timesAsked()).toBe(3);
      expect(await tab.errors()).toEqual([]);
      await profile.close();
    });
  });
}

/** Resolves to nothing while the page is being loaded once more. */
const stateOf = (tab: Tab) =>
  tab
    .run(() => ({
      isIsolated: crossOriginIsolated,
      link: document.querySelector<HTMLElement>('#link')?.dataset.link,
    }))
    .catch(() => undefined);
