/** Tests a port in the hands of a frame that must not see the page. */

import { fileURLToPath } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, requirePart } from '../parts.ts';
import { launchChromium, type Site, serveFolder, type TestBrowser } from './harness.ts';

const PAGE = `<!doctype html><title>Page</title>
<iframe sandbox="allow-scripts" src="/frame"></iframe>
<script type="module">
  import { TelemetryCollector, formatPrometheus } from '/pkg/index.js';
  document.cookie = 'session=secret';
  const link = location.search.slice(1);
  const collector = new TelemetryCollector({ link });
  await collector.flush();
  const frame = document.querySelector('iframe');
  addEventListener('message', async ({ data }) => {
    if (data === 'ready') frame.contentWindow.postMessage('port', '*', [collector.createPort()]);
    else window.result = { ...data, text: await formatPrometheus(collector), link: collector.link };
  });
  frame.contentWindow.postMessage('are you there?', '*');
</script>`;

const FRAME = `<!doctype html><script type="module">
  let last = 0;
  const ask = (port, message) => new Promise((resolve) => {
    const id = 'asked ' + ++last;
    const hear = ({ data }) => {
      if (data?.id !== id) return;
      port.removeEventListener('message', hear);
      resolve(data);
    };
    port.addEventListener('message', hear);
    port.start();
    port.postMessage({ id, ...message });
  });
  const code = { type: 'RAW', value: 'return document.cookie' };
  addEventListener('message', async ({ data, ports: [port] }) => {
    if (!port) return parent.postMessage('ready', '*');
    const late = new Promise((resolve) => setTimeout(resolve, 0, undefined));
    const made = ask(port, { type: 'CONSTRUCT', path: ['ping', 'constructor'], argumentList: [code] });
    const answered = await ask(port, { type: 'APPLY', path: ['ping'], argumentList: [] });
    const given = await Promise.race([made, late]);
    let seen;
    if (given?.name === 'proxy') seen = await ask(given.value, { type: 'APPLY', path: [], argumentList: [] });
    parent.postMessage({ seen, answered }, '*');
  });
  parent.postMessage('ready', '*');
</script>`;

describe.skipIf(!requirePart('chromium', chromiumPath()))(
  'a port given to a frame in a sandbox',
  () => {
    let browser: TestBrowser;
    let site: Site;
    let context: BrowserContext;
    beforeAll(async () => {
      site = await serveFolder({
        routes: { '/': PAGE, '/frame': FRAME },
        roots: { '/pkg/': fileURLToPath(new URL('../../dist/', import.meta.url)) },
        isolated: false,
      });
      browser = await launchChromium();
      context = await browser.newContext();
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    test.each(['inline', 'message'])('lets it see no cookies, with the link %s', async (link) => {
      const { page } = await browser.openPage(`${site.url}/?${link}`, context);
      const result = await page.waitForFunction('window.result');
      expect(await result.jsonValue()).toMatchObject({
        link,
        answered: { type: 'RAW' },
        text: expect.stringContaining('telemetry_metrics_count'),
      });
      expect(await result.jsonValue()).not.toHaveProperty('seen.value');
    });
  },
);
