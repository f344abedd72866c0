/** Tests that the connection to IndexedDB blocks nobody. */
import { fileURLToPath } from 'node:url';
import type * as Telemetry from 'utilityfog-telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, type Site, serveFolder, type TestBrowser } from '../browser/harness.ts';
import { chromiumPath, requirePart } from '../parts.ts';

declare global {
  interface Window {
    telemetry: typeof Telemetry;
  }
}

const PAGE = `<!doctype html><title>Telemetry</title>
<script type="module">
  import * as telemetry from '/pkg/index.js';
  Object.assign(window, { telemetry });
</script>`;

/** Runs in the page: a life of the application, its logout in the middle, and what is left. */
async function logout(link: 'auto' | 'inline') {
  const { JSONExporter, TelemetryCollector } = window.telemetry;
  const log: string[] = [];
  const logger = {
    warn: (text: string) => log.push(text),
    error: (text: string) => log.push(text),
  };
  const options = { link, logger, persist: { name: `app ${link}` } };
  const collector = new TelemetryCollector(options);
  collector.registerCounter('a_total').increment(3);
  const exporter = new JSONExporter('out.json');
  await collector.flush();
  await exporter.exportMetrics(collector);
  // This never settles while any tab holds a connection.
  const deleted = await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase('utilityfog-telemetry');
    request.onsuccess = () => resolve('deleted');
    request.onerror = () => reject(request.error);
    request.onblocked = () => resolve('blocked');
  });
  const { stored } = await collector.flush();
  const exported = await exporter.exportMetrics(collector);
  const { storage } = await collector.diagnostics();
  await collector.shutdown();
  const next = new TelemetryCollector(options);
  next.registerCounter('a_total');
  const { metrics } = await next.getSnapshot();
  await next.shutdown();
  return { deleted, stored, exported, storage, total: metrics.a_total, log };
}

describe.skipIf(!requirePart('chromium', chromiumPath()))('a page with persist', () => {
  let site: Site;
  let chromium: TestBrowser;
  beforeAll(async () => {
    const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
    site = await serveFolder({ roots: { '/pkg/': dist }, routes: { '/': PAGE }, isolated: true });
    chromium = await launchChromium();
  });
  afterAll(async () => {
    await chromium?.close();
    await site?.close();
  });

  it.each(['auto', 'inline'] as const)(
    'lets the application delete the database, and stores in a new one, link %s',
    async (link) => {
      const { page } = await chromium.openPage(site.url, await chromium.newContext());
      await page.waitForFunction(() => 'telemetry' in window);
      expect(await page.evaluate(logout, link)).toEqual({
        deleted: 'deleted',
        stored: true,
        exported: true,
        storage: 'indexeddb',
        total: expect.objectContaining({ value: 3 }),
        log: [],
      });
    },
  );
});
