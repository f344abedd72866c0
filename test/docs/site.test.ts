/** Builds the site of the documentation, looks at its pages as text, and opens some in Chromium. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type Site, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { root } from './markdown.ts';

/** Where it is served; not at the root, where links that forget the base would work, too. */
const BASE = '/telemetry/';
const folder = join(root, '.parts/site');

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, 'docs/site/run.mjs'), 'build'], {
    cwd: root,
    env: { ...process.env, DOCS_BASE: BASE, DOCS_FOLDER: folder },
    maxBuffer: 1e8,
  });
});

describe('the site', () => {
  it('has a page of the reference for each subpath that exports something', async () => {
    const script = new URL('../../scripts/subpaths.mjs', import.meta.url).href;
    const { SUBPATHS } = (await import(script)) as { SUBPATHS: { name: string }[] };
    const names = SUBPATHS.map(({ name }) => name).filter((name) => !/^index$|register/.test(name));
    const built = htmlFiles();
    const page = (name: string) => [`api/${name}.html`, `api/${name}/index.html`];
    const missing = ['utilityfog-telemetry', ...names].filter(
      (name) => !page(name).some((file) => built.includes(file)),
    );
    expect(missing).toEqual([]);
  });

  it('has no link to a page or a heading that is not there', () => {
    const files = new Map(htmlFiles().map((file) => [file, readHtml(file)]));
    const ids = new Map([...files].map(([file, html]) => [file, new Set(valuesOf('id', html))]));
    const broken: string[] = [];
    for (const [file, html] of files) {
      for (const href of valuesOf('href', html)) {
        const { origin, pathname, hash } = new URL(href, `http://site${BASE}${file}`);
        if (origin !== 'http://site' || /\.(css|js|svg)$/.test(pathname)) continue;
        const target = pathname.replace(BASE, '').replace(/(^|\/)$/, '$1index.html');
        const found = ids.get(/\.html$/.test(target) ? target : `${target}.html`);
        const id = decodeURIComponent(hash.slice(1));
        if (!found || (id && !found.has(id))) broken.push(`${file}: ${href}`);
      }
    }
    expect(files.size).toBeGreaterThan(40);
    expect(broken).toEqual([]);
  });
});

function htmlFiles(): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.html') && name !== '404.html');
}

/** The text without what a search or a menu adds later. */
const readHtml = (file: string) => readFileSync(join(folder, file), 'utf8');

function valuesOf(attribute: string, html: string): string[] {
  const found = html.matchAll(new RegExp(`<[^>]* ${attribute}="([^"]*)"`, 'g'));
  return [...found].map(([, value]) => value.replaceAll('&amp;', '&'));
}

describe.skipIf(!requirePart('chromium', chromiumPath()))('the site in Chromium', () => {
  let browser: TestBrowser;
  let site: Site;

  beforeAll(async () => {
    site = await serveFolder({ isolated: false, roots: { [BASE]: folder } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  /** Opens a page and collects what its console says, of any kind. */
  async function open(path: string, options: BrowserContextOptions = {}) {
    const context = await browser.browser.newContext(options);
    const page = await context.newPage();
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    await page.goto(`${site.url}${BASE}${path}`);
    return { page, messages, close: () => context.close() };
  }

  it('finds a page by a word', async () => {
    const { page, messages, close } = await open('index.html');
    await page.keyboard.press('Control+k');
    await page.locator('#localsearch-input').fill('native histogram');
    const found = page.locator('#localsearch-list a', { hasText: 'Kinds of metric' });
    await found.first().click();
    await page.locator('h1', { hasText: 'Kinds of metric' }).waitFor();
    expect(messages).toEqual([]);
    await close();
  });

  const looks = [390, 1280].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  );
  it.each(looks)('is legible, $width wide and $colorScheme', async ({ width, colorScheme }) => {
    for (const path of ['index.html', 'api/history.html']) {
      const viewport = { width, height: 900 };
      const { page, messages, close } = await open(path, { viewport, colorScheme });
      expect(await axeFindings(page), path).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(messages).toEqual([]);
      await close();
    }
  });
});

async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations } = await inPage.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  });
}
