/** Pages in a real Chromium that send to a relay on another origin. */
import { fileURLToPath } from 'node:url';
import type {
  OTLPExporter,
  RelayExporter,
  setupBrowserTelemetry,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { createRelay, type RelayOptions } from 'utilityfog-telemetry/relay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { chromiumPath, requirePart } from '../parts.ts';
import { FORMS, type Form } from '../relay/delta-exporter.ts';
import { serveHandler } from '../relay/served-relay.ts';
import { launchChromium, type Site, serveFolder, type TestBrowser } from './harness.ts';
import { sentByLeft } from './left-pages.ts';

const PAGE = `<!doctype html><title>Relay</title>
<script type="module">
  import * as telemetry from '/pkg/index.js';
  Object.assign(window, { telemetry });
</script>`;
const TOKEN = 'what-pages-have';

interface Sent {
  /** Whether each export has arrived. */
  readonly arrived: readonly boolean[];
  readonly log: readonly string[];
}

describe.skipIf(!requirePart('chromium', chromiumPath()))('pages in Chromium', () => {
  let browser: TestBrowser;
  let site: Site;
  beforeAll(async () => {
    browser = await launchChromium();
    const roots = { '/pkg/': fileURLToPath(new URL('../../dist/', import.meta.url)) };
    site = await serveFolder({ roots, routes: { '/': PAGE }, isolated: true });
  });
  afterAll(async () => {
    await site?.close();
    await browser?.close();
  });

  /** Opens a page that counts and observes, and sends twice. */
  async function visit(url: string, form: Form): Promise<Sent> {
    const { page, errors } = await browser.openPage(`${site.url}/`, await browser.newContext());
    await page.waitForFunction('window.telemetry');
    const sent = await page.evaluate<Sent, [string, string, string]>(
      async ([url, bearerToken, form]) => {
        interface Classes {
          TelemetryCollector: typeof TelemetryCollector;
          OTLPExporter: typeof OTLPExporter;
          RelayExporter: typeof RelayExporter;
        }
        const { telemetry } = window as unknown as { telemetry: Classes };
        const log: string[] = [];
        const write = (message: string) => void log.push(message);
        const logger = { warn: write, error: write };
        const collector = new telemetry.TelemetryCollector({ logger });
        const views = collector.registerCounter('views_total', '', { labelNames: ['page'] });
        const took = collector.registerHistogram('took_seconds', '', { buckets: [0.1, 1] });
        const exporter =
          form === 'compact'
            ? new telemetry.RelayExporter({ url, bearerToken })
            : new telemetry.OTLPExporter({
                ...{ url, bearerToken, encoding: form as 'json', temporality: 'delta' },
              });
        const arrived: boolean[] = [];
        for (let i = 1; i <= 2; i++) {
          views.increment(i, { page: '/' });
          took.observe(0.5);
          arrived.push(await exporter.exportMetrics(collector));
        }
        await collector.shutdown();
        return { arrived, log };
      },
      [url, TOKEN, form],
    );
    return { ...sent, log: [...sent.log, ...errors] };
  }

  const served = async (options: Partial<RelayOptions> = {}) => {
    const aggregate = makeCollector();
    const relay = createRelay({
      ...{ allowOrigins: [site.url], token: TOKEN, aggregate },
      ...(options as object),
    });
    return { aggregate, url: await serveHandler(relay) };
  };

  it.each(FORMS)('add up, in %s', { timeout: 200_000 }, async (form) => {
    const { aggregate, url } = await served();
    const sent = await Promise.all([visit(url, form), visit(url, form)]);
    for (const { arrived, log } of sent) {
      expect(arrived).toEqual([true, true]);
      expect(log).toEqual([]);
    }
    expect(await sampleOf(aggregate, 'views_total', { page: '/' })).toBe(6);
    expect(await sampleOf(aggregate, 'took_seconds_count')).toBe(4);
    const preflights = { outcome: 'preflight' };
    expect(await sampleOf(aggregate, 'relay_requests_total', preflights)).toBeGreaterThan(0);
  });

  it('send what they have when they are left', { timeout: 200_000 }, async () => {
    const views = await sentByLeft(async () => {
      const { aggregate, url } = await served();
      const { page } = await browser.openPage(`${site.url}/`, await browser.newContext());
      await page.waitForFunction('window.telemetry');
      await page.evaluate(
        async ([url, bearerToken]) => {
          interface Package {
            TelemetryCollector: typeof TelemetryCollector;
            RelayExporter: typeof RelayExporter;
            setupBrowserTelemetry: typeof setupBrowserTelemetry;
          }
          const { telemetry } = window as unknown as { telemetry: Package };
          const collector = new telemetry.TelemetryCollector();
          const views = collector.registerCounter('views_total');
          const to = new telemetry.RelayExporter({ url, bearerToken });
          await telemetry.setupBrowserTelemetry(collector, { to, interval: 1000 });
          await collector.flush();
          views.increment(3);
        },
        [url, TOKEN] as const,
      );
      await page.goto('about:blank');
      return () => sampleOf(aggregate, 'views_total');
    });
    expect(views).toBe(3);
  });

  it('of an origin that is not allowed cannot', { timeout: 200_000 }, async () => {
    const { aggregate, url } = await served({ allowOrigins: ['https://shop.example'] });
    const { page } = await browser.openPage(`${site.url}/`, await browser.newContext());
    const failed = await page.evaluate(
      (url) =>
        fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
          .then(() => false)
          .catch(() => true),
      url,
    );
    expect(failed).toBe(true);
    expect(await sampleOf(aggregate, 'relay_requests_total', { outcome: 'bad_origin' })).toBe(1);
    expect(await sampleOf(aggregate, 'relay_requests_total', { outcome: 'taken' })).toBeUndefined();
  });

  it('can read why they were refused', { timeout: 200_000 }, async () => {
    const { url } = await served();
    const { page } = await browser.openPage(`${site.url}/`, await browser.newContext());
    const answer = await page.evaluate(async (url) => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer wrong' };
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      return [response.status, await response.text()];
    }, url);
    expect(answer).toEqual([401, 'a bearer token is needed\n']);
  });
});
