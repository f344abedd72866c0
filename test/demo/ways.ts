/** The three ways in which the page and the collector meet, and how the demo is opened to take each. */
import type { Page } from 'playwright-core';
import { launchChromium, type OpenPage, type TestBrowser } from '../browser/harness.ts';
import { notingInputs } from './layout-shift.ts';
import { type Served, start } from './served.ts';

export const WAYS = [
  { link: 'shared', args: [], query: '' },
  { link: 'message', args: ['--no-isolation'], query: '' },
  { link: 'inline', args: [], query: '&link=inline' },
] as const;

export interface Way {
  readonly link: string;
  readonly args: readonly string[];
  readonly query: string;
}

interface OpenDemo extends OpenPage {
  stop(): Promise<unknown>;
}

/** The demo in one browser, opened in several ways at once, since most of the time is spent waiting. */
export class OpenDemos {
  readonly #demos = new Map<string, OpenDemo>();
  #browser: TestBrowser | undefined;

  /** @param prepare is called with each page once its charts have points */
  async open(
    ways: readonly Way[],
    prepare: (page: Page, way: Way) => Promise<void> = async () => {},
  ): Promise<void> {
    const browser = await launchChromium();
    this.#browser = browser;
    await Promise.all(
      ways.map(async (way) => {
        const demo = await openDemo(browser, way);
        this.#demos.set(way.link, demo);
        await prepare(demo.page, way);
      }),
    );
  }

  /** Returns the page that has this link. */
  of(link: string): OpenPage {
    return this.#demos.get(link)!;
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    await Promise.all([...this.#demos.values()].map((demo) => demo.stop()));
  }
}

/** Opens a small swarm in a profile of its own. Resolves once the charts have points. */
async function openDemo(browser: TestBrowser, { link, args, query }: Way): Promise<OpenDemo> {
  const served: Served = await start(...args);
  const address = `${served.url}/?seed=7&depth=5${query}`;
  const opened = await browser.openPage(address, await notingInputs(await browser.newContext()));
  await opened.page.waitForSelector(`#link[data-link="${link}"]`);
  await opened.page.waitForSelector('#chart-messages [data-points]:not([data-points="1"])');
  return { ...opened, stop: () => served.stop() };
}

export async function setSlider(page: Page, id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).fill(String(value));
}
