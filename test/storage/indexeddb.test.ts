import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium, type Site, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { storageCases } from '../contracts/storage-contract.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import type { CaseResult } from './indexeddb.page.ts';

/** This is neither `localhost` nor https, so no secure context: no Web Locks, no `randomUUID`. */
const INSECURE = 'http://insecure.test';

/** Waits for what nothing announces: the browser releases a tab's locks some time after its end. */
const PATIENCE = { timeout: 60_000 };

describe.skipIf(!requirePart('chromium', chromiumPath()))('storage in IndexedDB', () => {
  let html = '';
  let site: Site;
  let chromium: TestBrowser;
  let context: BrowserContext;
  beforeAll(async () => {
    const page = fileURLToPath(new URL('./indexeddb.page.ts', import.meta.url));
    const { outputFiles } = await build({
      entryPoints: [page],
      bundle: true,
      format: 'esm',
      write: false,
    });
    const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
    html = `<!doctype html><meta charset="utf-8"><script type="module">${script}</script>`;
    // The page is isolated, so that there is SharedArrayBuffer, which IndexedDB refuses to store.
    site = await serveFolder({ routes: { '/': html }, isolated: true });
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await site?.close();
  });
  beforeEach(async () => {
    context = await chromium.newContext();
    await context.route(`${INSECURE}/**`, (route) => {
      return route.fulfill({ contentType: 'text/html', body: html });
    });
  });
  afterEach(() => context.close());

  const open = async (url: string): Promise<Page> => (await chromium.openPage(url, context)).page;

  describe.each([
    ['with Web Locks', true],
    ['in an insecure context, without Web Locks', false],
  ])('%s', (_, secure) => {
    const url = () => (secure ? site.url : INSECURE);
    let results: CaseResult[] = [];
    beforeAll(async () => {
      const own = await chromium.newContext();
      await own.route(`${INSECURE}/**`, (route) => {
        return route.fulfill({ contentType: 'text/html', body: html });
      });
      const { page, errors } = await chromium.openPage(`${url()}/?cases`, own);
      results = await page.evaluate(() => globalThis.results);
      expect(errors).toEqual([]);
      expect(await page.evaluate(() => globalThis.tab.webLocks)).toBe(secure);
      await own.close();
    });

    it('runs every case', () => {
      expect(results.map(({ name }) => name)).toEqual(storageCases.map(({ name }) => name));
    });
    for (const { name } of storageCases) {
      it(name, () => {
        expect(results.find((result) => result.name === name)).toEqual({ name });
      });
    }

    it('leaves the record of another tab alone until that closes its store', async () => {
      const [one, other] = [await open(url()), await open(url())];
      await one.evaluate(() => globalThis.tab.write('from one'));
      expect(await other.evaluate(() => globalThis.tab.claim())).toEqual([]);
      await one.evaluate(() => globalThis.tab.close());
      expect(await other.evaluate(() => globalThis.tab.claim())).toEqual(['from one']);
    });
  });

  it('takes the record of a tab that was closed', async () => {
    const [one, other] = [await open(site.url), await open(site.url)];
    await one.evaluate(() => globalThis.tab.write('from one'));
    await one.close();
    await expect
      .poll(() => other.evaluate(() => globalThis.tab.claim()), PATIENCE)
      .toEqual(['from one']);
  });

  it('takes the record of a tab that crashed', async () => {
    const [one, other] = [await open(site.url), await open(site.url)];
    await one.evaluate(() => globalThis.tab.write('from one'));
    const crashed = new Promise((resolve) => one.once('crash', resolve));
    const devtools = await context.newCDPSession(one);
    devtools.send('Page.crash').catch(() => {});
    await crashed;
    await expect
      .poll(() => other.evaluate(() => globalThis.tab.claim()), PATIENCE)
      .toEqual(['from one']);
  });

  it('with Web Locks, leaves the record of a live tab alone however old it is', async () => {
    const [one, other] = [await open(site.url), await open(site.url)];
    await one.evaluate(() => globalThis.tab.write('from one'));
    await one.evaluate(() => globalThis.tab.age(1e9));
    expect(await other.evaluate(() => globalThis.tab.claim())).toEqual([]);
  });

  it('without Web Locks, takes the record of a lost tab after an hour', async () => {
    const [one, other] = [await open(INSECURE), await open(INSECURE)];
    await one.evaluate(() => globalThis.tab.write('from one'));
    await one.close();
    await other.evaluate(() => globalThis.tab.age(3_500_000));
    expect(await other.evaluate(() => globalThis.tab.claim())).toEqual([]);
    await other.evaluate(() => globalThis.tab.age(101_000));
    expect(await other.evaluate(() => globalThis.tab.claim())).toEqual(['from one']);
  });

  it('gives each record to one of several tabs that claim at the same time', async () => {
    const writers = await Promise.all(Array.from({ length: 6 }, () => open(site.url)));
    await Promise.all(
      writers.map((page, i) => page.evaluate((text) => globalThis.tab.write(text), `${i}`)),
    );
    await Promise.all(writers.map((page) => page.evaluate(() => globalThis.tab.close())));
    const found = await Promise.all(
      writers.map((page) => page.evaluate(() => globalThis.tab.claim())),
    );
    expect(found.flat().sort()).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('keeps exports where any page of the origin can read them', async () => {
    const [one, other] = [await open(site.url), await open(site.url)];
    await one.evaluate(() => globalThis.tab.put('metrics.json', '{"é":1}'));
    const read = await other.evaluate(async () => {
      const opening = indexedDB.open('utilityfog-telemetry');
      await new Promise((resolve) => opening.addEventListener('success', resolve));
      const getting = opening.result
        .transaction('keyval')
        .objectStore('keyval')
        .get('metrics.json');
      await new Promise((resolve) => getting.addEventListener('success', resolve));
      return new TextDecoder().decode(getting.result);
    });
    expect(read).toBe('{"é":1}');
  });
});
