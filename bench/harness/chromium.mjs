/**
 * Chromium without a display. Its headless mode paces frames by a clock of its own, at 60 a second;
 * no flag is needed for that, and the run checks it.
 */
import { chromium } from 'playwright-core';
import { findPart, howToInstall } from '../../scripts/install-parts.mjs';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchChromium() {
  const executablePath = findPart('chromium');
  if (!executablePath) throw new Error(howToInstall('chromium'));
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });

  /**
   * Opens a page in a profile of its own, calls its `run`, and closes it.
   * @param {string} url
   * @param {object} plan
   */
  async function runPage(url, plan) {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const errors = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      await page.goto(url);
      const result = await page.evaluate((given) => globalThis.run(given), plan);
      if (errors.length > 0) throw new Error(`${url} reported: ${errors.join('\n')}`);
      return result;
    } finally {
      await context.close();
    }
  }

  return { version: browser.version(), runPage, close: () => browser.close() };
}
