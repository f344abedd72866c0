/** Tests what the browser examples have in common: a page that counts clicks and shows its link. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { TestBrowser } from '../browser/harness.ts';

declare global {
  interface Window {
    /** What the exposition on the page has been so far. Some lines are there for a moment only. */
    shownTexts: string[];
  }
}

export interface Seen {
  /** What the page shows as `collector.link`. */
  readonly link: string | null;
  /** For each worker `url` if it came from a file, or `blob` if it came from the text in the bundle. */
  readonly worker: string[];
  readonly errors: readonly string[];
}

/**
 * Clicks twice and waits until the exposition on the page shows that.
 * @param shown what else it must show
 */
export async function clickTwice(
  browser: TestBrowser,
  url: string,
  prepare: (context: BrowserContext) => Promise<void> = async () => {},
  shown: readonly string[] = [],
): Promise<Seen> {
  // Each call has a context: a shared cache would answer with the headers of another server at the same port.
  const context = await browser.newContext();
  await prepare(context);
  const { page, errors } = await browser.openPage(url, context);
  await page.evaluate(noteTexts);
  // This metric comes from a chunk that is loaded on demand, so it shows that all chunks are found.
  await shows('browser_frame_duration_seconds_count');
  await page.click('button');
  await page.click('button');
  await shows('clicks_total{button="count"} 2\n');
  for (const text of shown) await shows(text);
  const link = await page.textContent('output');
  const worker = page.workers().map((one) => (one.url().startsWith('blob:') ? 'blob' : 'url'));
  await context.close();
  return { link, worker, errors };

  async function shows(text: string): Promise<void> {
    const wasShown = (wanted: string) => window.shownTexts.some((one) => one.includes(wanted));
    await page.waitForFunction(wasShown, text, { timeout: 60_000 }).catch(async () => {
      const shown = await page.textContent('body');
      throw new Error(`the page never shows ${text}: ${shown}\n${errors.join('\n')}`);
    });
  }
}

/** Runs in the page. */
function noteTexts(): void {
  window.shownTexts = [];
  const note = () => window.shownTexts.push(document.querySelector('pre')?.textContent ?? '');
  note();
  new MutationObserver(note).observe(document.body, {
    ...{ childList: true, characterData: true, subtree: true },
  });
}

/**
 * Returns how many of the emitted scripts contain the whole collector. Two are right if the worker's file is
 * not emitted (the text of the worker, and the inline collector), three if it is.
 */
export function copiesOfTheCollector(folder: string): number {
  return scriptsWith('Events that were lost', folder).length;
}

/** Returns the emitted scripts that contain a text. */
export function scriptsWith(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .filter((file) => readFileSync(join(folder, file), 'utf8').includes(text));
}

/** Remarks of a bundler that a user would look into. */
export const REMARK = /warn|\(!\)|⚠|polyfill|install|optimizeDeps/i;
