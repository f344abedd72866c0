/** Tests traces in real browsers: what becomes of spans when a page is left, reloaded, or offline. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, receiver } from '../exporters/http-server.ts';
import { type SentSpan, spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile } from './drivers/driver.ts';
import { type Site, serveFolder } from './harness.ts';
import { sentByLeft } from './left-pages.ts';

type Collector = import('utilityfog-telemetry').TelemetryCollector;
declare global {
  interface Window {
    tracer: import('@opentelemetry/api').Tracer;
    api: typeof import('@opentelemetry/api');
    collector: Collector;
  }
}

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
/** The page's own script. `?to=` says where spans go. */
const SCRIPT = `
import * as api from '@opentelemetry/api';
import { OTLPExporter, TelemetryCollector } from '/pkg/index.js';
import { registerTracing, tracerProvider } from '/pkg/opentelemetry.js';
const url = new URL(location).searchParams.get('to') + '/v1/traces';
const exporter = new OTLPExporter({ url, queue: { persist: 'page' }, headers: { 'x-page': '1' } });
const collector = new TelemetryCollector();
registerTracing(tracerProvider(collector, { exporter, resource: { 'service.name': 'page' } }));
Object.assign(window, { api, collector, tracer: api.trace.getTracer('page') });
`;
const HTML = `<!doctype html><script type="importmap">{"imports":{"@opentelemetry/api":"/api.js"}}</script>
<script type="module" src="/page.js"></script>`;

const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };

/** A server that takes spans from pages, unless it is away. */
async function spanServer() {
  let isAway = false;
  const answer: Answer = (response, { method }) => {
    if (method === 'OPTIONS') response.writeHead(204, CORS).end();
    else if (isAway) response.destroy();
    else response.writeHead(200, CORS).end();
  };
  const { url, received } = await receiver(answer);
  const spans = (): SentSpan[] =>
    isAway ? [] : spansIn(tracesIn(received.filter(({ method }) => method === 'POST')));
  const away = (is: boolean) => {
    isAway = is;
    received.length = 0;
  };
  return { url, spans, away };
}

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let profile: Profile;
    const sites: Site[] = [];

    beforeAll(async () => {
      const { outputFiles } = await build({
        stdin: { contents: "export * from '@opentelemetry/api'", resolveDir: import.meta.dirname },
        ...{ bundle: true, format: 'esm', write: false },
      });
      const routes = {
        '/': HTML,
        '/page.js': SCRIPT,
        '/api.js': outputFiles[0]!.text,
        '/next': '',
      };
      for (const isolated of [true, false]) {
        sites.push(await serveFolder({ isolated, roots: { '/pkg/': dist }, routes }));
      }
      driver = await launch();
      profile = await driver.newProfile();
    });
    afterAll(async () => {
      await profile?.close();
      await driver?.close();
      for (const site of sites) await site.close();
    });

    const open = async (to: string, isIsolated = true) => {
      const page = `${sites[isIsolated ? 0 : 1]!.url}/?to=${encodeURIComponent(to)}`;
      const tab = await profile.open(page);
      return { tab, page };
    };

    it.each([
      ['shared', true],
      ['message', false],
    ] as const)('sends spans from a worker, over the %s link', async (link, isIsolated) => {
      const { url, spans } = await spanServer();
      const { tab } = await open(url, isIsolated);
      const outcome = await tab.run(async () => {
        const { tracer, collector } = window;
        const inner = tracer.startActiveSpan('outer', (outer) => {
          tracer.startSpan('inner', { attributes: { n: 1, list: ['a'] } }).end();
          outer.end();
          return outer.isRecording();
        });
        const { failures } = await collector.flush();
        return { inner, failures, link: collector.link };
      });
      expect(outcome).toEqual({ inner: false, failures: [], link });
      const [inner, outer] = spans();
      expect(inner).toMatchObject({ name: 'inner', parentSpanId: outer!.spanId });
      expect(await tab.errors()).toEqual([]);
      await tab.close();
    });

    it('sends what has ended when the page is left in the middle of a trace', async () => {
      const sent = await sentByLeft(async () => {
        const { url, spans } = await spanServer();
        const { tab } = await open(url);
        // The collector is there by then, since nothing can be sent before.
        await tab.run(async () => void (await window.collector.flush()));
        await tab.run(() => {
          const { api, tracer } = window;
          const whole = tracer.startSpan('never ends');
          const inside = api.trace.setSpan(api.context.active(), whole);
          tracer.startSpan('has ended', {}, inside).end();
        });
        await tab.goto(`${sites[0]!.url}/next`);
        return () => spans().length > 0 && spans();
      });
      expect(sent.map((span) => span.name)).toEqual(['has ended']);
    });

    it('keeps spans over a reload while the server is away', async () => {
      const { url, spans, away } = await spanServer();
      const { tab, page } = await open(url);
      away(true);
      await tab.run(async () => {
        window.tracer.startSpan('before').end();
        await window.collector.flush();
      });
      away(false);
      await tab.goto(page);
      await tab.run(async () => {
        window.tracer.startSpan('after').end();
        await window.collector.flush();
      });
      const names = () => spans().map((span) => span.name);
      await expect.poll(names).toEqual(expect.arrayContaining(['after', 'before']));
      await tab.close();
    });
  });
}
