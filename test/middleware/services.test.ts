/** Two services in different runtimes, which know nothing of tracing, make one trace. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startReceiver } from '../backends/otlp-receiver.ts';
import { receiver } from '../exporters/http-server.ts';
import { spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { otlpReceiverPath, requirePart } from '../parts.ts';
import { type Program, startFile } from '../runtimes/program.ts';
import {
  bun,
  deno,
  node20,
  node22,
  node26,
  type ServerRuntime,
} from '../runtimes/server-runtimes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = fileURLToPath(new URL('traced-service.mjs', import.meta.url));

interface Service {
  readonly origin: string;
  /** Resolves to how many requests its metrics have. */
  end(): Promise<{ server: number; client: number }>;
}

async function start({ command, args, kind }: ServerRuntime, about: object): Promise<Service> {
  const all = kind === 'deno' ? [...args, '--node-modules-dir=manual'] : args;
  const program: Program = startFile({ command, args: all }, root, file, about);
  onTestFinished(() => program.kill('SIGKILL'));
  const { origin } = await program.next<{ origin: string }>();
  return {
    origin,
    async end() {
      program.go();
      const counts = await program.next<{ server: number; client: number }>();
      const { code, stderr } = await program.ended;
      // Deno warns of what comes with its next version.
      expect([code, stderr.replace(/^Deno\.serve: .*\n/, '')]).toEqual([0, '']);
      return counts;
    },
  };
}

describe.each([
  { first: node20, second: node26 },
  { first: node22, second: deno, served: 'Deno.serve' },
  { first: deno, second: bun, served: 'Bun.serve' },
  { first: bun, second: node22 },
])('$first.name asks $second.name', ({ first, second, served }) => {
  it.skipIf(!first.present || !second.present)('in one trace', async () => {
    const { url, received } = await receiver();
    const stock = await start(second, { url, name: 'stock', served });
    const shop = await start(first, { url, name: 'shop', next: stock.origin });
    expect(await (await fetch(shop.origin)).text()).toBe('in stock');
    expect(await shop.end()).toEqual({ server: 1, client: 2 });
    expect(await stock.end()).toEqual({ server: 2, client: 0 });
    const spans = spansIn(tracesIn(received));
    const asked = spans.filter(({ kind }) => kind === 3);
    const answers = spans.filter(({ kind }) => kind === 2);
    const [outer, ...others] = answers.filter((span) => !span.parentSpanId);
    expect(others).toEqual([]);
    expect(asked.map(({ parentSpanId }) => parentSpanId)).toEqual(asked.map(() => outer!.spanId));
    for (const { spanId, traceId } of asked) {
      const within = answers.filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(within).toMatchObject([{ traceId, name: 'GET' }]);
    }
  });
});

it.skipIf(!requirePart('otlpReceiver', otlpReceiverPath()) || !node20.present || !node22.present)(
  'is shown as one trace by a running receiver of OTLP',
  async () => {
    const devtools = await startReceiver();
    onTestFinished(() => devtools.stop());
    const about = { url: devtools.url, compression: 'none' };
    const stock = await start(node22, { ...about, name: 'stock' });
    const shop = await start(node20, { ...about, name: 'shop', next: stock.origin });
    await (await fetch(shop.origin)).text();
    await shop.end();
    await stock.end();
    const query = async () => {
      const body = JSON.stringify({ limit: 10 });
      const headers = { 'content-type': 'application/json' };
      const url = new URL('/api/query/traces', devtools.url);
      const answer = await fetch(url, { method: 'POST', headers, body });
      return answer.text();
    };
    for (const name of ['"shop"', '"stock"']) await expect.poll(query).toContain(name);
    const ids = [...(await query()).matchAll(/"traceId":"([\da-f]{32})"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(1);
  },
);
