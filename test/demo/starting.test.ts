/** Tests what a visitor sees of the demo, or of a part of it, where it cannot start. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { type Served, start } from './served.ts';
import { setSlider } from './ways.ts';

describe.skipIf(!requirePart('chromium', chromiumPath()))('a demo that has troubles', () => {
  let browser: TestBrowser;
  let served: Served;
  beforeAll(async () => {
    [browser, served] = await Promise.all([launchChromium(), start()]);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  /** Opens a small swarm in a profile of its own, which `prepare` has changed before. */
  const open = async (prepare: (context: BrowserContext) => Promise<unknown>): Promise<Page> => {
    const context = await browser.newContext();
    await prepare(context);
    return (await browser.openPage(`${served.url}/?depth=2`, context)).page;
  };
  const noFile = (name: string) => (context: BrowserContext) =>
    context.route(`**/${name}*.js`, (route) => route.abort());

  test('starts where the browser names no language', async () => {
    const page = await open((context) =>
      context.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'language', { get: () => 'C' });
      }),
    );
    await page.waitForSelector('#link[data-link="shared"]');
    expect(await page.isVisible('#trouble')).toBe(false);
    await page.context().close();
  });

  test('says that a file is missing', async () => {
    const page = await open(noFile('main'));
    await page.waitForSelector('#trouble:has-text("A file of it could not be loaded")');
    expect(await page.textContent('#link')).toBe('not started');
    await page.context().close();
  });

  test('says what the browser does not allow', async () => {
    const page = await open((context) =>
      context.addInitScript(() => {
        const get = () => {
          throw new DOMException('Access is denied', 'SecurityError');
        };
        Object.defineProperty(window, 'localStorage', { get });
      }),
    );
    await page.waitForSelector('#trouble:has-text("The demo cannot start. SecurityError")');
    await page.context().close();
  });

  test('the comparison says what of it could not be loaded, and goes on with the rest', async () => {
    const page = await open(async (context) => {
      await noFile('compare-view')(context);
      await noFile('prom-client')(context);
    });
    await page.waitForSelector('#link[data-link]');
    await page.click('#compare-open');
    await page.waitForSelector('#compare-title:has-text("could not be loaded")');
    await page.context().unroute('**/compare-view*.js');
    await page.click('#compare-open');
    await page.click('#compare-open');
    await setSlider(page, 'compare-series', 0);
    await page.click('#compare-switch label:has-text("prom-client")');
    await page.waitForSelector('#compare-status:has-text("prom-client does not run here: ")');
    await page.click('#compare-switch label:has-text("This library")');
    await page.waitForSelector('#compare-status:has-text("This library is at work")');
    expect(await page.textContent('[data-library="prom-client"] tr')).toContain('failed');
    await page.context().close();
  });
});
