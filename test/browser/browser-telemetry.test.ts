/** Tests what a page reports by itself, and what of it arrives when the page is hidden, left or closed. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { metricsIn, readRequest } from '../formats/otlp-reader.ts';
import { bodyOf } from '../request-body.ts';
import { BROWSERS } from './drivers/browsers.ts';
import type { Driver, Profile, Tab } from './drivers/driver.ts';
import { type Site, serveFolder } from './harness.ts';
import { sentByLeft } from './left-pages.ts';

type Link = 'shared' | 'message';
type SiteName = Link | 'policy';

interface Begin {
  readonly link: Link;
  readonly url: string;
  readonly view: string;
}

declare global {
  interface Window {
    telemetry: typeof Telemetry;
    collector: Telemetry.TelemetryCollector;
    stopReports: Telemetry.StopBrowserTelemetry;
    /** Resolves to the link that is in use. */
    begin(options: Begin): Promise<string | undefined>;
    jobs: Telemetry.Counter;
    /** Makes the page tell, when it ends, for how many milliseconds it was held up then. */
    tellDelay(): void;
    /** Resolves once the browser has measured the click. */
    reacted(): Promise<void>;
    /** Throws an error, and rejects a promise. */
    fail(): void;
    /** Resolves to the Web Vitals that the browser knows. */
    vitals(): Record<string, boolean>;
  }
}

/** Only the end of the page makes it export: no other export comes within the hour. */
const PAGE_SCRIPT = `
import * as telemetry from '/package/index.js';
window.telemetry = telemetry;
window.begin = async ({ link, url, view }) => {
  const collector = new telemetry.TelemetryCollector({ link });
  const jobs = collector.registerCounter('jobs_total');
  const options = { to: url, interval: 3600, resource: { 'service.name': view } };
  const stopReports = await telemetry.setupBrowserTelemetry(collector, options);
  Object.assign(window, { collector, jobs, stopReports });
  return collector.link;
};
window.reacted = () => new Promise((resolve) => {
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(({ name }) => name === 'click')) resolve();
  });
  observer.observe({ type: 'event', durationThreshold: 16, buffered: true });
});
window.tellDelay = () => {
  let hidden = 0;
  addEventListener('visibilitychange', () => (hidden = performance.now()), true);
  addEventListener('unload', () => {
    navigator.sendBeacon('/delayed/' + Math.round(performance.now() - hidden));
  });
};
window.fail = () => {
  setTimeout(() => {
    throw new Error('broken at https://me:pass@shop.test/cart?token=secret#top');
  });
  void Promise.reject(new Error('refused'));
};
window.vitals = () => {
  const types = PerformanceObserver.supportedEntryTypes;
  return {
    first_contentful_paint_seconds: true,
    // In Firefox the answer may begin at 0 or just below, which counts as unknown.
    time_to_first_byte_seconds: performance.getEntriesByType('navigation')[0].responseStart > 0,
    largest_contentful_paint_seconds: types.includes('largest-contentful-paint'),
    cumulative_layout_shift: types.includes('layout-shift'),
    interaction_to_next_paint_seconds:
      'PerformanceEventTiming' in window && 'interactionId' in PerformanceEventTiming.prototype,
  };
};
document.querySelector('button').addEventListener('click', () => {
  for (const end = performance.now() + 150; performance.now() < end; );
  document.querySelector('p').textContent = 'clicked';
});`;

const PAGE = `<!doctype html><title>page</title><h1>A large text</h1><button>Click</button><p>-</p>
<script type="module" src="/page.js"></script>`;

const LCP = 'browser_largest_contentful_paint_seconds';
/** How the pages were come to. */
const NAVIGATE = 'navigate';
/** A browser asks only once whether it may send. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-max-age': '600',
};

/** Receives OTLP, and adds up the deltas of each page view, which is the name of the service. */
class Receiver {
  #server!: Server;
  readonly #sums = new Map<string, number>();
  /** The page views of which something has arrived. */
  readonly views = new Set<string>();
  #arrived = () => {};
  /** What exporters of another kind say of the jobs. */
  readonly hooked: number[] = [];
  url = '';

  async listen(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const body = await bodyOf(request);
      if (!body) return;
      const isGzip = request.headers['content-encoding'] === 'gzip';
      if (request.method === 'POST' && request.url === '/hook') {
        this.hooked.push(JSON.parse(`${body}`).metrics.jobs_total.value);
        this.#arrived();
      } else if (request.method === 'POST') this.#take(isGzip ? gunzipSync(body) : body);
      response.writeHead(200, CORS).end();
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/metrics`;
  }

  /** Returns the sum of a counter, or how often a histogram has observed something. */
  sum(view: string, name: string, label = ''): number {
    return this.#sums.get(`${view} ${name} ${label}`) ?? 0;
  }

  /** Resolves to whether it holds once something has arrived, or after a minute. */
  async until(holds: () => boolean): Promise<boolean> {
    const end = Date.now() + 60_000;
    while (!holds() && Date.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return holds();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(body: Buffer): void {
    const request = readRequest(body) as never as OtlpRequest;
    for (const { resource } of request.resourceMetrics) {
      const view = attribute(resource.attributes, 'service.name')!;
      this.views.add(view);
      for (const { name, sum, histogram } of metricsIn(request as never) as never as OtlpMetric[]) {
        for (const point of (sum ?? histogram)?.dataPoints ?? []) {
          const label = point.attributes?.[0]?.value?.stringValue ?? '';
          const key = `${view} ${name} ${label}`;
          const more = point.asDouble ?? Number(point.count);
          this.#sums.set(key, (this.#sums.get(key) ?? 0) + more);
        }
      }
    }
    this.#arrived();
  }
}

interface Attribute {
  readonly key: string;
  readonly value?: { readonly stringValue?: string };
}
interface OtlpPoint {
  readonly attributes?: readonly Attribute[];
  readonly asDouble?: number;
  readonly count?: bigint;
}
interface OtlpMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}
interface OtlpRequest {
  readonly resourceMetrics: readonly { readonly resource: { readonly attributes: Attribute[] } }[];
}

const attribute = (all: readonly Attribute[], key: string) =>
  all.find((one) => one.key === key)?.value?.stringValue;

for (const { name, launch, here } of BROWSERS) {
  describe.skipIf(!here)(`in ${name}`, () => {
    let driver: Driver;
    let profile: Profile;
    const sites = new Map<SiteName, Site>();
    const receiver = new Receiver();
    let views = 0;
    let noted = (_path: string) => {};

    beforeAll(async () => {
      driver = await launch();
      await receiver.listen();
      const common = {
        asked: (path: string) => noted(path),
        roots: { '/package/': fileURLToPath(new URL('../../dist/', import.meta.url)) },
        routes: {
          '/': PAGE,
          '/page.js': PAGE_SCRIPT,
          '/next': '<!doctype html><title>next</title>',
          '/data.json': '{}',
        },
      };
      const { origin } = new URL(receiver.url);
      const policy = `default-src 'none'; img-src 'self'; script-src 'self'; worker-src 'self'; connect-src ${origin}`;
      const headers = { 'content-security-policy': policy };
      sites.set('shared', await serveFolder({ ...common, isolated: true }));
      sites.set('message', await serveFolder({ ...common, isolated: false }));
      sites.set('policy', await serveFolder({ ...common, isolated: true, headers }));
    });
    afterAll(async () => {
      await driver?.close();
      for (const site of sites.values()) await site.close();
      receiver.close();
    });
    beforeEach(async () => {
      profile = await driver.newProfile();
    });
    afterEach(() => profile.close());

    const urlOf = (site: SiteName, path = '/') => `${sites.get(site)!.url}${path}`;
    const begin = async (link: Link, site: SiteName = link) => {
      const view = `${name}-${++views}`;
      const tab = await profile.open(urlOf(site));
      const { url } = receiver;
      expect(await tab.run((given) => window.begin(given), { link, url, view })).toBe(link);
      // The first export is over, so what arrives later is of the end.
      const hasBegun = await receiver.until(() => receiver.views.has(view));
      expect(hasBegun, 'the first export has arrived').toBe(true);
      return { tab, view };
    };
    /** Resolves to the page view whose last values have arrived. */
    const afterEnd = (link: Link, site: SiteName, end: (tab: Tab) => Promise<void>) =>
      sentByLeft(async () => {
        const { tab, view } = await begin(link, site);
        await tab.run(() => window.jobs.increment(3));
        await end(tab);
        return () => (receiver.sum(view, 'jobs_total') === 3 ? view : '');
      });

    describe.each<Link>(['shared', 'message'])('over the %s link', (link) => {
      test('a page reports all that happens in it', async () => {
        const { tab, view } = await begin(link);
        const vitals = Object.entries(await tab.run(() => window.vitals()));
        const expected = vitals.flatMap(([vital, isKnown]) => (isKnown ? `browser_${vital}` : []));
        expect(expected.length).toBeGreaterThan(2);
        await tab.click('button');
        await tab.run(async () => {
          if (window.vitals().interaction_to_next_paint_seconds) await window.reacted();
          await (await fetch('/data.json?token=secret')).text();
          window.fail();
        });
        const observer = await profile.open(urlOf(link, '/next'));
        await observer.show();
        const isWhole = () => expected.every((one) => receiver.sum(view, one, NAVIGATE) === 1);
        await receiver.until(isWhole);
        for (const one of expected) expect(receiver.sum(view, one, NAVIGATE), one).toBe(1);
        expect(receiver.sum(view, 'browser_errors_total', 'error')).toBe(1);
        expect(receiver.sum(view, 'browser_errors_total', 'unhandled_rejection')).toBe(1);
        expect(receiver.sum(view, 'browser_resource_duration_seconds', 'fetch')).toBe(1);
        expect(receiver.sum(view, 'browser_resource_duration_seconds', 'script')).toBeGreaterThan(
          0,
        );
        expect(receiver.sum(view, 'browser_navigation_duration_seconds', 'total')).toBe(1);
        expect(receiver.sum(view, 'browser_frame_duration_seconds')).toBeGreaterThan(0);
        await tab.show();
        const events = await tab.run(() => window.collector.getEvents());
        const errors = events.filter((event) => event.name === 'browser_error');
        const values = errors.map(({ value }) => value as { kind: string });
        expect(values.sort((one, other) => (one.kind < other.kind ? -1 : 1))).toMatchObject([
          {
            kind: 'error',
            name: 'Error',
            message: 'broken at https://shop.test/cart',
            source: urlOf(link, '/page.js'),
            line: expect.any(Number),
            stack: expect.stringContaining('/page.js'),
          },
          { kind: 'unhandled_rejection', name: 'Error', message: 'refused' },
        ]);
        const reported = events.filter((event) => event.name === 'web_vital');
        expect(reported.length).toBeGreaterThanOrEqual(expected.length);
        expect(JSON.stringify(events)).not.toContain('secret');
      });

      test('the last values of a page that is left arrive', async () => {
        const vitals = (view: string) => receiver.sum(view, LCP, NAVIGATE);
        const view = await afterEnd(link, link, (tab) => tab.goto(urlOf(link, '/next')));
        await receiver.until(() => vitals(view) === 1);
        expect(vitals(view)).toBe(1);
      });

      test('and if it is left for another site', async () => {
        const other = urlOf(link, '/next').replace('localhost', '127.0.0.1');
        await afterEnd(link, link, (tab) => tab.goto(other));
      });

      test('and if its tab is closed', async () => {
        await afterEnd(link, link, (tab) => tab.close());
      });

      test('a page that is left waits a moment for its worker', async () => {
        const { tab } = await begin(link);
        await tab.run(() => window.tellDelay());
        const told = new Promise<number>((resolve) => {
          noted = (path) => path.startsWith('/delayed/') && resolve(Number(path.slice(9)));
        });
        await tab.goto(urlOf(link, '/next'));
        expect(await told).toBeGreaterThanOrEqual(49);
      });
    });

    test('a page with a policy reports, too', async () => {
      const { tab, view } = await begin('shared', 'policy');
      await tab.run(() => window.jobs.increment(3));
      await tab.run(() => window.collector.flush());
      expect(receiver.sum(view, 'jobs_total')).toBe(3);
      expect(await tab.errors()).toEqual([]);
    });

    test('an exporter without a queue sends the last values, too', async () => {
      const { length } = receiver.hooked;
      await sentByLeft(async () => {
        const before = receiver.hooked.length;
        const tab = await profile.open(urlOf('message'));
        await tab.run(async (url) => {
          const { setupBrowserTelemetry, TelemetryCollector, WebhookExporter } = window.telemetry;
          const collector = new TelemetryCollector();
          const jobs = collector.registerCounter('jobs_total');
          // Later than what is sent before the page is left.
          addEventListener('visibilitychange', () => jobs.increment(3));
          const to = new WebhookExporter({ url });
          await setupBrowserTelemetry(collector, { to, interval: 3600, only: ['errors'] });
        }, new URL('/hook', receiver.url).href);
        await receiver.until(() => receiver.hooked.length > before);
        await tab.goto(urlOf('message', '/next'));
        return () => receiver.hooked.slice(length).includes(3);
      });
    });

    test('only a page that measures itself loads the code for that', async () => {
      const asked: string[] = [];
      noted = (path) => void asked.push(path);
      const tab = await profile.open(urlOf('message'));
      await tab.run(async () => {
        const collector = new window.telemetry.TelemetryCollector();
        await window.telemetry.formatPrometheus(collector);
      });
      expect(asked).toContain('/package/web-links.js');
      expect(asked).not.toContain('/package/page-metrics.js');
      await begin('message');
      expect(asked).toContain('/package/page-metrics.js');
    });

    test('it can be stopped and begun again', async () => {
      const { tab, view } = await begin('shared');
      const left = await tab.run(async () => {
        window.jobs.increment(3);
        await window.stopReports();
        window.fail();
        return [...window.collector.getAllMetrics().keys()];
      });
      expect(receiver.sum(view, 'jobs_total')).toBe(3);
      expect(left).toEqual(['jobs_total']);
      const { url } = receiver;
      await tab.run(
        async ({ url, view }) => {
          const { setupBrowserTelemetry } = window.telemetry;
          const options = { to: url, resource: { 'service.name': `${view}-again` } };
          const stop = await setupBrowserTelemetry(window.collector, options);
          window.fail();
          await new Promise((resolve) => addEventListener('error', () => setTimeout(resolve)));
          await stop();
        },
        { url, view },
      );
      expect(receiver.sum(`${view}-again`, 'browser_errors_total', 'error')).toBe(1);
      expect(receiver.sum(view, 'browser_errors_total', 'error')).toBe(0);
    });
  });
}
