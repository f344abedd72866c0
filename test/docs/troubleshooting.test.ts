/** Makes go wrong what docs/troubleshooting.md speaks of, and looks there for what the library then says. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  formatPrometheus,
  PrometheusAdapter,
  RemoteWriteExporter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { afterEach, describe, expect, it } from 'vitest';
import { read } from './markdown.ts';

const page = read('docs/troubleshooting.md');
const logged: string[] = [];
const logger = { warn: (message: string) => void logged.push(message), error: () => {} };
const endings: (() => Promise<unknown>)[] = [];

function made(options: ConstructorParameters<typeof TelemetryCollector>[0] = {}) {
  const collector = new TelemetryCollector({ logger, ...options });
  endings.push(() => collector.shutdown());
  return collector;
}
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  logged.length = 0;
});

/** Whether the page shows the message, but for what it writes as `…`. */
function shows(message: string): boolean {
  const text = message.replace(/^utilityfog-telemetry: /, '').trim();
  const shown = [...page.matchAll(/`([^`\n]{12,})`/g)].map(([, code]) => code!.replace(/\*$/, ''));
  return shown.some((code) => {
    const parts = code.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$|^\\w+: ${parts.join('.*')}$`, 's').test(text);
  });
}

async function reasonOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing went wrong');
}

describe('the page on troubles', () => {
  it('shows what is said of definitions and recordings', async () => {
    const collector = made();
    const counter = collector.registerCounter('a_total', '', { labelNames: ['id'] });
    expect(await reasonOf(() => collector.registerCounter('a_total'))).toSatisfy(shows);
    const reuse = made({ onDuplicate: 'reuse' });
    reuse.registerCounter('a_total');
    expect(await reasonOf(() => reuse.registerGauge('a_total'))).toSatisfy(shows);
    collector.registerHistogram('a');
    expect(await reasonOf(() => collector.registerCounter('a_count'))).toSatisfy(shows);
    counter.increment(-1, { id: '1' });
    counter.increment(1, { wrong: '1' } as never);
    expect(logged.length).toBe(2);
    expect(logged.filter((message) => !shows(message))).toEqual([]);
    await collector.shutdown();
    expect(await reasonOf(() => collector.serve({ port: 0 }))).toSatisfy(shows);
  });

  it('shows what a listener says', async () => {
    const collector = made();
    const { url } = await collector.serve({ port: 0 });
    const { port } = new URL(url);
    const taken = await reasonOf(() => collector.serve({ port: Number(port) }));
    expect(taken.replace(port, '9464')).toSatisfy(shows);
    const [response] = (await once(
      get(url, { headers: { host: 'app:9464' } }),
      'response',
    )) as IncomingMessage[];
    expect((await response!.toArray()).join('')).toSatisfy(shows);
  });

  it('shows what is said of callbacks, storage and files', async () => {
    const collector = made({
      collectTimeout: 0.1,
      persist: { name: 'x', directory: '/dev/null/x' },
    });
    collector.registerGauge('slow', '', { collect: () => new Promise<number>(() => {}) });
    collector.registerGauge('bad', '', {
      collect: () => {
        throw new Error('no database');
      },
    });
    await formatPrometheus(collector);
    await new PrometheusAdapter('/dev/full').exportMetrics(collector);
    await expect.poll(() => logged.length).toBeGreaterThanOrEqual(4);
    // The page has the time that is waited unless the application says otherwise.
    const said = logged.map((message) => message.replace('0.1 seconds', '5 seconds'));
    expect(said.filter((message) => !shows(message.replace('ENOTDIR', 'ENOENT')))).toEqual([]);
  });

  it('shows what a refusal of remote write leads to', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(400).end('out of order sample');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    endings.push(async () => server.close());
    const collector = made();
    collector.registerCounter('a_total').increment();
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/write`;
    expect(await new RemoteWriteExporter({ url }).exportMetrics(collector)).toBe(false);
    expect(logged[0]?.replace(/ \d+ series/, ' 1 series')).toSatisfy(shows);
  });
});
