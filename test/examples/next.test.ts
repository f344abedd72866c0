/** Builds the example for Next.js for production, serves it and opens it. */
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { bodyOf } from '../request-body.ts';
import { clickTwice } from './counting-page.ts';
import { installExample } from './installed-example.ts';
import { startCommand } from './started-command.ts';

const FEATURES = fileURLToPath(new URL('../../examples/features', import.meta.url));

/**
 * Returns a route with a collector of its own and the features of the examples. The example does not have it,
 * since Next.js advises against edge functions. It must work for those who have them.
 */
const route = (runtime: 'nodejs' | 'edge', pushTo: string) => `
import { TelemetryCollector } from 'utilityfog-telemetry';
import { busiest } from '../../busiest/feature.js';
import { push } from '../../push/feature.js';

export const runtime = '${runtime}';
export const dynamic = 'force-dynamic';
const finder = busiest();
const collector = new TelemetryCollector({
  collectionInterval: 0.05,
  use: [finder, push({ url: '${pushTo}' })],
});
const requests = collector.registerCounter('${runtime}_requests_total');
const work = collector.registerCounter('work_total');
const answer = collector.handler();

export async function GET(request) {
  requests.increment();
  await collector.startCollection();
  while (!(await collector.feature(finder).record()).series) {
    work.increment();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await collector.flush();
  const response = await answer(request);
  const { link, failed } = await collector.diagnostics();
  response.headers.set('x-link', link + ', failed: ' + failed.length);
  return response;
}
`;

/** Starts a server that takes what is pushed to it. */
async function startReceiver() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (!body) return;
    bodies.push(body.toString());
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies };
}

/** Makes the page as if the example had no next.config.js, without a second build. */
async function notIsolated(context: BrowserContext, page: string): Promise<void> {
  await context.route(page, async (route) => {
    const response = await route.fetch();
    const headers = Object.entries(response.headers()).filter(([name]) => !/^cross-/.test(name));
    await route.fulfill({ response, headers: Object.fromEntries(headers) });
  });
}

describe.skipIf(!requirePart('chromium', chromiumPath()))('Next.js 16', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('counts on the server, at the edge and in the page', { timeout: 600_000 }, async () => {
    const example = await installExample('next', { copied: true });
    const { folder } = example;
    const receiver = await startReceiver();
    for (const runtime of ['nodejs', 'edge'] as const) {
      await mkdir(join(folder, 'app', runtime));
      await writeFile(join(folder, 'app', runtime, 'route.js'), route(runtime, receiver.url));
    }
    for (const name of ['busiest', 'push']) {
      await cp(join(FEATURES, name), join(folder, name), { recursive: true });
    }
    const said = await example.npmRun('build');
    // What it says of edge functions in general does not matter here.
    expect(said.replace(/⚠.*edge runtime.*/gi, '')).not.toMatch(/warn|⚠|utilityfog/i);

    const next = join(folder, 'node_modules/.bin/next');
    const ready = /http:\/\/localhost:\d+(?=[\s\S]*Ready)/;
    const server = await startCommand(folder, next, ['start', '--port', '0'], ready);
    const url = server.found;
    const text = async (path: string) => (await fetch(url + path)).text();

    const seen = await clickTwice(browser, `${url}/`);
    expect(seen).toEqual({ link: 'shared', worker: ['url'], errors: [] });
    const bare = await clickTwice(browser, `${url}/`, (context) => notIsolated(context, `${url}/`));
    expect(bare).toEqual({ link: 'message', worker: ['url'], errors: [] });
    // `fetch` asks for gzip, as Prometheus does. Two copies of the module count, since Next.js bundles it for
    // pages and for route handlers.
    expect(await text('/metrics')).toContain('page_views_total{service="shop",page="home"} 2\n');
    expect(await text('/metrics')).toContain('process_cpu_seconds_total{service="shop"}');

    const inNode = await fetch(`${url}/nodejs`);
    expect(inNode.headers.get('x-link')).toBe('shared, failed: 0');
    expect(await inNode.text()).toMatch(/^nodejs_requests_total 1$/m);
    const atEdge = await fetch(`${url}/edge`);
    expect(atEdge.headers.get('x-link')).toBe('inline, failed: 0');
    expect(await atEdge.text()).toMatch(/^edge_requests_total\{service_instance_id="\w+"\} 1$/m);
    const pushed = receiver.bodies.join('');
    expect(pushed).toContain('nodejs_requests_total');
    expect(pushed).toContain('edge_requests_total');
    expect(server.printed()).not.toMatch(/warn|⚠|error|utilityfog/i);
  });
});
