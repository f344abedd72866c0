/** Opens the demo in Chromium, for commands that look at it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPart, howToInstall } from './parts.mjs';

const { chromium } = createRequire(new URL('../test/', import.meta.url))('playwright-core');
const START = fileURLToPath(new URL('start.mjs', import.meta.url));

/**
 * Resolves to a page with the demo, and to what closes both.
 * @param {string} query  of its address
 * @param {string[]} args  of `npm start`
 */
export async function openDemo(query = '', args = []) {
  const executablePath = findPart('chromium');
  if (!executablePath) throw new Error(howToInstall('chromium'));
  const child = spawn(process.execPath, [START, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await printedUrl(child);
  const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  await page.goto(url + query);
  await page.waitForSelector('#link[data-link]');
  const close = async () => {
    await browser.close();
    child.kill();
    await once(child, 'exit');
  };
  return { page, close };
}

async function printedUrl(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url) return url;
  }
  throw new Error('the demo does not start');
}
