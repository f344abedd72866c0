/**
 * Drives Chromium through its DevTools protocol, and Firefox through WebDriver BiDi. Playwright would not
 * do: it cannot drive a stock Firefox, and keeps every page of Chromium visible.
 */
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import { chromiumPath, firefoxPath } from '../../parts.ts';
import type { Driver, Profile, Tab } from './driver.ts';

/** How long a start, a navigation or an answer may take. Milliseconds. */
const PATIENCE = { timeout: 180_000, protocolTimeout: 300_000 };

export interface BrowserOptions {
  /** How many bytes an origin may store; the browser's default unless given. */
  readonly storageQuota?: number;
  /** Whether Chromium keeps pages that are left. Firefox does by default. */
  readonly backForwardCache?: boolean;
}

export async function launchChromium(options: BrowserOptions = {}): Promise<Driver> {
  const browser = await puppeteer.launch({
    ...PATIENCE,
    executablePath: chromiumPath()!,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-component-update'],
    ignoreDefaultArgs: options.backForwardCache ? ['--disable-back-forward-cache'] : [],
  });
  const { storageQuota: quotaSize } = options;
  return driver('Chromium', browser, async (page, url) => {
    if (quotaSize === undefined) return;
    const session = await page.createCDPSession();
    const { origin } = new URL(url);
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
  });
}

export async function launchFirefox({ storageQuota }: BrowserOptions = {}): Promise<Driver> {
  const browser = await puppeteer.launch({
    ...PATIENCE,
    browser: 'firefox',
    executablePath: firefoxPath()!,
    extraPrefsFirefox: storageQuota
      ? { 'dom.quotaManager.temporaryStorage.fixedLimit': Math.ceil(storageQuota / 1024) }
      : {},
  });
  return driver('Firefox', browser, async () => {});
}

type Prepare = (page: Page, url: string) => Promise<void>;

async function driver(name: string, browser: Browser, prepare: Prepare): Promise<Driver> {
  return {
    name,
    // The text is, for example, `Chrome/156.0.1`.
    version: (await browser.version()).split('/')[1],
    newProfile: async () => profile(await browser.createBrowserContext(), prepare),
    close: () => browser.close(),
  };
}

function profile(context: BrowserContext, prepare: Prepare): Profile {
  return {
    open: async (url) => {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE.timeout);
      await prepare(page, url);
      const tab = tabOf(page);
      await tab.goto(url);
      return tab;
    },
    close: () => context.close(),
  };
}

function tabOf(page: Page): Tab {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error}`));
  return {
    run: (work, argument) => page.evaluate(work as never, argument) as Promise<never>,
    goto: async (url) => void (await page.goto(url)),
    click: (selector) => page.click(selector),
    back: async () => {
      // The page that asks is gone before it could answer, and Firefox reports no loading.
      await page.evaluate(() => history.back()).catch(() => {});
    },
    show: () => page.bringToFront(),
    errors: async () => errors,
    // Closes the tab as a user does.
    close: () => page.close({ runBeforeUnload: true }),
  };
}
