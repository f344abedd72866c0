/**
 * A child that is a page in Chromium. Each has a browser to itself, since pages of one browser may share a
 * process.
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
  // Otherwise the browser rounds the size of the heap, and the figure is minutes old.
  '--enable-precise-memory-info',
];

/** The servers, by whether their pages are cross-origin isolated. */
const sites = {};

/**
 * @param {string} executablePath
 * @param {URL} script
 * @param {string[]} args
 * @param {string[]} options  of the engine
 * @param {{ isolated?: boolean }} [how]
 * @returns {Promise<import('./child-process.mjs').Child>}
 */
export async function startPage(executablePath, script, args, options, { isolated = true } = {}) {
  sites[isolated] ??= serveBench({ isolated });
  const { pageFor, pathOf } = await sites[isolated];
  const { chromium } = await import('playwright-core');
  const jsFlags = options.length > 0 ? [`--js-flags=${options.join(' ')}`] : [];
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...jsFlags] });
  const named = `benchmark page ${args.join(' ')}`;
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    await page.goto(`${pageFor(script)}#${encodeURIComponent(JSON.stringify(args))}`);
    await page.evaluate((path) => import(path).then(() => {}), pathOf(script));
    const ask = async (question, payload) => {
      const { reply, error } = await page.evaluate((asked) => globalThis.answerTo(asked), {
        question,
        payload,
      });
      const found = [...errors, ...(error ? [error] : [])];
      if (found.length > 0) throw new Error(`${named}: ${found.join('\n')}`);
      return reply;
    };
    /** Asks while the browser writes a trace, and resolves to the reply and the events of the trace. */
    const askTraced = async (question, payload, categories) => {
      await browser.startTracing(page, { categories });
      const reply = await ask(question, payload);
      const trace = JSON.parse((await browser.stopTracing()).toString());
      return { reply, events: trace.traceEvents };
    };
    return { ask, askTraced, end: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw new Error(`${named}: ${error.message}`);
  }
}
