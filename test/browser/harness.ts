/**
 * The basis of the browser tests: a static server whose pages may be cross-origin isolated or not, and a
 * Chromium that collects every complaint of a page.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../parts.ts';

/** How long a start, a navigation or a wait in a page may take. Milliseconds. */
const PATIENCE = 100_000;

/** Browsers refuse module scripts without the right type. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The headers that a page and its workers need to get SharedArrayBuffer. */
const ISOLATION: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** An answer as it is, without the headers of all others. */
export interface Answer {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SiteOptions {
  /** Folders to serve, by URL prefix with slashes on both ends: `{ '/pkg/': 'dist' }`. */
  readonly roots?: Readonly<Record<string, string>>;
  /** Pages given as text: `{ '/': '<!doctype html>…' }`. They are looked up before the folders. */
  readonly routes?: Readonly<Record<string, string | Answer>>;
  /** Whether the pages are cross-origin isolated. */
  readonly isolated: boolean;
  /** Every answer waits until this resolves. */
  readonly gate?: () => Promise<unknown>;
  /** Called with each request. */
  readonly asked?: (pathname: string) => void;
  /** Headers of every answer, e.g. a Content-Security-Policy. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Site {
  /**
   * The origin, without a slash at the end. It is `localhost`, since only that is a secure context without
   * TLS.
   */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveFolder(options: SiteOptions): Promise<Site> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, close: () => closeServer(server) };
}

async function answer(options: SiteOptions, request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const headers = { ...(options.isolated ? ISOLATION : {}), ...options.headers };
  options.asked?.(pathname);
  await options.gate?.();
  // Chromium asks for it by itself, and a 404 would count as a console error.
  if (pathname === '/favicon.ico') return response.writeHead(204, headers).end();

  const content = options.routes?.[pathname] ?? (await readBelow(options.roots ?? {}, pathname));
  if (content === undefined) return response.writeHead(404, headers).end('not found');
  if (typeof content === 'object' && 'body' in content) {
    return response.writeHead(content.status ?? 200, content.headers).end(content.body);
  }
  const type = MIME_TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...headers });
  return response.end(content);
}

async function readBelow(roots: Readonly<Record<string, string>>, pathname: string) {
  const prefix = Object.keys(roots).find((root) => pathname.startsWith(root));
  if (prefix === undefined) return undefined;
  const relative = normalize(decodeURIComponent(pathname.slice(prefix.length)));
  if (relative.startsWith(`..${sep}`)) return undefined;
  return readFile(join(roots[prefix], relative)).catch(() => undefined);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Keep-alive connections of an open page would hold the server for seconds.
    server.closeAllConnections();
  });
}

export interface OpenPage {
  readonly page: Page;
  /** Console errors, uncaught errors and rejections of the page and its workers, as text. */
  readonly errors: readonly string[];
}

export interface TestBrowser {
  readonly browser: Browser;
  /** Pages that are opened here share storage, like tabs. `newContext` gives another profile. */
  openPage(url: string, context?: BrowserContext): Promise<OpenPage>;
  newContext(): Promise<BrowserContext>;
  close(): Promise<void>;
}

export async function launchChromium(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    timeout: PATIENCE,
    executablePath: chromiumPath()!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const shared = await browser.newContext();
  return {
    browser,
    openPage: (url, context = shared) => openPage(context, url),
    newContext: () => browser.newContext(),
    close: () => browser.close(),
  };
}

async function openPage(context: BrowserContext, url: string): Promise<OpenPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
  page.on('crash', () => errors.push('the page crashed'));
  await page.goto(url);
  return { page, errors };
}
