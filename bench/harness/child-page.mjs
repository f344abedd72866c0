/**
 * A child that is a page in Chromium: each has a browser to itself, for pages of one browser may
 * share a process.
 */
import { serveBench } from './page-server.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Else the size of the heap is a rounded one, and minutes old.
  '--enable-precise-memory-info',
];

let site;

/**
 * @param {string} executablePath
 * @param {URL} script
 * @param {string[]} args
 * @param {string[]} options  of the engine
 * @returns {Promise<import('./child-process.mjs').Child>}
 */
export async function startPage(executablePath, script, args, options) {
  site ??= serveBench();
  const { origin, pathOf } = await site;
  const { chromium } = await import('playwright-core');
  const jsFlags = options.length > 0 ? [`--js-flags=${options.join(' ')}`] : [];
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...jsFlags] });
  const named = `benchmark page ${args.join(' ')}`;
  try {
    const page = await browser.newPage();
    await page.goto(`${origin}/#${encodeURIComponent(JSON.stringify(args))}`);
    await page.evaluate((path) => import(path).then(() => {}), pathOf(script));
    const ask = async (question, payload) => {
      const { reply, error } = await page.evaluate((asked) => globalThis.answerTo(asked), {
        question,
        payload,
      });
      if (error) throw new Error(`${named}: ${error}`);
      return reply;
    };
    return { ask, end: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw new Error(`${named}: ${error.message}`);
  }
}
