/** The example for Next.js: its production build, served and opened. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { clickTwice } from './counting-page.ts';
import { installExample } from './installed-example.ts';
import { startCommand } from './started-command.ts';

/** Not in the example, since Next.js advises against edge functions; those who have them need it. */
const EDGE_ROUTE = `
import { TelemetryCollector } from 'utilityfog-telemetry';

export const runtime = 'edge';
const collector = new TelemetryCollector();
const requests = collector.registerCounter('edge_requests_total');
const answer = collector.handler();

export async function GET(request) {
  requests.increment();
  const response = await answer(request);
  response.headers.set('x-link', collector.link);
  return response;
}
`;

/** As if the example had no next.config.js, without a second build. */
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
    await mkdir(join(folder, 'app/edge'));
    await writeFile(join(folder, 'app/edge/route.js'), EDGE_ROUTE);
    const said = await example.npmRun('build');
    // What it says of edge functions is not for us.
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
    // Asked for with gzip, as Prometheus does. Two modules counted: that of pages and its twin.
    expect(await text('/metrics')).toContain('page_views_total{service="shop",page="home"} 2\n');
    expect(await text('/metrics')).toContain('process_cpu_seconds_total{service="shop"}');

    const edge = await fetch(`${url}/edge`);
    expect(edge.headers.get('x-link')).toBe('inline');
    expect(await edge.text()).toMatch(/^edge_requests_total\{service_instance_id="\w+"\} 1$/m);
    expect(server.printed()).not.toMatch(/warn|⚠|error|utilityfog/i);
  });
});
