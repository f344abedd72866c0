/** What the browser examples have in common: a page that counts clicks and shows its link. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { TestBrowser } from '../browser/harness.ts';

export interface Seen {
  /** What the page shows as `collector.link`. */
  readonly link: string | null;
  /** `url` if the worker came from a file, `blob` if from the text in the bundle. */
  readonly worker: string[];
  readonly errors: readonly string[];
}

/**
 * Clicks twice and waits until the exposition on the page says so.
 * @param shown what else it must say
 */
export async function clickTwice(
  browser: TestBrowser,
  url: string,
  prepare: (context: BrowserContext) => Promise<void> = async () => {},
  shown = '',
): Promise<Seen> {
  // Of its own: a cache would answer with the headers of another server at the same port.
  const context = await browser.newContext();
  await prepare(context);
  const { page, errors } = await browser.openPage(url, context);
  // Only what was loaded on demand shows that all of the chunks are found.
  await shows('browser_frame_duration_seconds_count');
  await page.click('button');
  await page.click('button');
  await shows('clicks_total{button="count"} 2\n');
  await shows(shown);
  const link = await page.textContent('output');
  const worker = page.workers().map((one) => (one.url().startsWith('blob:') ? 'blob' : 'url'));
  await context.close();
  return { link, worker, errors };

  async function shows(text: string): Promise<void> {
    const includes = (wanted: string) =>
      document.querySelector('pre')?.textContent?.includes(wanted) ?? false;
    await page.waitForFunction(includes, text, { timeout: 60_000 }).catch(async () => {
      const shown = await page.textContent('body');
      throw new Error(`the page never shows ${text}: ${shown}\n${errors.join('\n')}`);
    });
  }
}

/**
 * In how many of the emitted scripts the whole collector is. Two are right where the worker's file
 * is not emitted (the text of the worker, and the inline collector), three where it is.
 */
export function copiesOfTheCollector(folder: string): number {
  return scriptsWith('Events that were lost', folder).length;
}

/** The emitted scripts in which a text stands. */
export function scriptsWith(text: string, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .filter((file) => readFileSync(join(folder, file), 'utf8').includes(text));
}

/** Remarks of a bundler that its user would take for something to look into. */
export const REMARK = /warn|\(!\)|⚠|polyfill|install|optimizeDeps/i;
