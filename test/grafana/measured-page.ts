/** A page in Chromium whose metrics Prometheus can scrape. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { launchChromium, serveFolder } from '../browser/harness.ts';

const HTML = `<!doctype html>
<script type="module">
import { formatPrometheus, setupRuntimeHooks, TelemetryCollector } from '/package/index.js';
const collector = new TelemetryCollector();
await setupRuntimeHooks(collector);
globalThis.metrics = async () => {
  // A long task for each scrape. What a driver calls is none.
  await new Promise((resolve) => setTimeout(resolve)).then(() => {
    const end = performance.now() + 80;
    while (performance.now() < end);
  });
  return formatPrometheus(collector);
};
</script>`;

export interface MeasuredPage {
  /** Where its metrics are, as `host:port`. */
  readonly host: string;
  close(): Promise<void>;
}

export async function openMeasuredPage(): Promise<MeasuredPage> {
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  const site = await serveFolder({
    isolated: true,
    roots: { '/package/': dist },
    routes: { '/': HTML },
  });
  const browser = await launchChromium();
  const { page } = await browser.openPage(`${site.url}/`);
  await page.waitForFunction('globalThis.metrics');
  const server = createServer(async (_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(await page.evaluate<string>('metrics()').catch(() => ''));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      await browser.close();
      await site.close();
    },
  };
}
