/** The three ways in which the page and the collector meet, and how the demo is opened to take each. */
import type { Page } from 'playwright-core';
import type { OpenPage, TestBrowser } from '../browser/harness.ts';
import { type Served, start } from './served.ts';

export const WAYS = [
  { link: 'shared', args: [], query: '' },
  { link: 'message', args: ['--no-isolation'], query: '' },
  { link: 'inline', args: [], query: '&link=inline' },
] as const;

interface Way {
  readonly link: string;
  readonly args: readonly string[];
  readonly query: string;
}

export interface OpenDemo extends OpenPage {
  stop(): Promise<unknown>;
}

/** Opens a small swarm in a profile of its own. Resolves once the charts have points. */
export async function openDemo(
  browser: TestBrowser,
  { link, args, query }: Way,
): Promise<OpenDemo> {
  const served: Served = await start(...args);
  const address = `${served.url}/?seed=7&depth=5${query}`;
  const opened = await browser.openPage(address, await browser.newContext());
  await opened.page.waitForSelector(`#link[data-link="${link}"]`);
  await opened.page.waitForSelector('#chart-messages [data-points]:not([data-points="1"])');
  return { ...opened, stop: () => served.stop() };
}

export async function setSlider(page: Page, id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).fill(String(value));
}
