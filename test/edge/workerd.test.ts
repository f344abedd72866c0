/** Tests the edge entry in workerd, the runtime of Cloudflare Workers, with real KV and Durable Objects. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storageCases } from '../contracts/storage-contract.ts';
import { receiver } from '../exporters/http-server.ts';
import { type ParsedSample, parseText } from '../formats/text-parser.ts';
import { spansIn, tracesIn } from '../opentelemetry/traces/sent-spans.ts';
import { nodePath, requirePart } from '../parts.ts';
import { type Program, startFile } from '../runtimes/program.ts';

const node = nodePath('node24');
const SERVER = fileURLToPath(new URL('../runtimes/programs/workerd.mjs', import.meta.url));

/** Bundles the worker as wrangler does it. */
async function bundle(outfile: string): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    bundle: true,
    // Our own `paths` are left out, since they lead to the sources.
    tsconfigRaw: {},
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    outfile,
  });
  return outfile;
}

describe.skipIf(!requirePart('node24', node))('in workerd', () => {
  let persist: string;
  let program: Program;
  let url: string;
  const get = (path: string) => fetch(new URL(path, url));
  const text = async (path: string) => (await get(path)).text();
  const samples = async (path: string) => parseText(await text(path)).samples;
  const values = (all: readonly ParsedSample[], name: string) =>
    all.filter((sample) => sample.name === name).map(({ labels, value }) => ({ labels, value }));

  beforeAll(async () => {
    persist = await mkdtemp(join(tmpdir(), 'telemetry-edge-'));
    const scriptPath = await bundle(join(persist, 'worker.mjs'));
    program = startFile({ command: node!, args: [] }, persist, SERVER, { scriptPath, persist });
    ({ url } = await program.next<{ url: string }>());
  });
  afterAll(async () => {
    program?.kill('SIGTERM');
    await program?.ended;
    await rm(persist, { recursive: true, force: true });
  });

  it("answers queries by Prometheus' HTTP API", async () => {
    const query = async (expr: string) =>
      (await get(`/api/v1/query?query=${encodeURIComponent(expr)}`)).json();
    await expect
      .poll(() => query('sum(asked_total) * 2'))
      .toEqual({
        status: 'success',
        data: { resultType: 'vector', result: [{ metric: {}, value: [expect.any(Number), '6'] }] },
      });
    expect(await query('sum(')).toMatchObject({ status: 'error', errorType: 'bad_data' });
    const body = new URLSearchParams({ query: 'time()', start: '0', end: '60', step: '1m' });
    const range = await fetch(new URL('/api/v1/query_range', url), { method: 'POST', body });
    expect(await range.json()).toMatchObject({
      data: {
        resultType: 'matrix',
        result: [
          {
            values: [
              [0, '0'],
              [60, '60'],
            ],
          },
        ],
      },
    });
    expect(await (await get('/api/v1/label/__name__/values')).json()).toMatchObject({
      data: expect.arrayContaining(['asked_total']),
    });
  });

  it('sends spans, of several requests, each with its parent', async () => {
    const server = await receiver();
    const to = `${server.url}/v1/traces`;
    for (let request = 1; request < 3; request++) {
      const answer = await (await get(`/traced?to=${encodeURIComponent(to)}`)).json();
      expect(answer).toMatchObject({ collected: true, failures: [] });
      const spans = spansIn(tracesIn(server.received.filter(({ method }) => method === 'POST')));
      expect(spans).toHaveLength(2 * request);
      const [inner, outer] = spans.slice(-2);
      expect(inner).toMatchObject({
        name: 'inner',
        traceId: outer!.traceId,
        parentSpanId: outer!.spanId,
      });
      expect(answer).toMatchObject({ active: outer!.spanId });
    }
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const answered = await fetch(new URL(`/answered?to=${encodeURIComponent(to)}`, url), {
      headers,
    });
    const spanId = await answered.text();
    const all = spansIn(tracesIn(server.received.filter(({ method }) => method === 'POST')));
    expect(all.at(-1)).toMatchObject({
      ...{ name: 'GET /answered', kind: 2, spanId, traceId },
      parentSpanId: 'b7ad6b7169203331',
    });
  });

  it('keeps what was recorded at module scope', async () => {
    const all = await samples('/metrics');
    const [loads] = values(all, 'module_loads_total');
    expect(loads.value).toBe(1);
    expect(values(all, 'module_level')[0].value).toBe(5);
    expect(values(all, 'module_seconds_count')[0].value).toBe(1);
    expect(await (await get('/events')).json()).toMatchObject([
      { name: 'loaded', value: { by: 'workerd' } },
    ]);
    expect(values(all, 'telemetry_errors_total')).toEqual([]);
    expect(values(all, 'telemetry_main_thread_stall_seconds')[0].value).toBe(0);
  });

  it('gives every series an identity of the isolate, beside the labels of the application', async () => {
    const all = await samples('/metrics');
    const ids = new Set(all.map(({ labels }) => labels.service_instance_id));
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^[0-9a-f]{32}$/);
    expect(values(all, 'module_loads_total')[0].labels.app).toBe('shop');
  });

  it('exports after the first request, within waitUntil', async () => {
    await expect.poll(async () => (await get('/exported')).json()).toHaveLength(1);
    const [first] = (await (await get('/exported')).json()) as string[];
    const requests = values(parseText(first).samples, 'http_requests_total');
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ labels: { method: 'GET', route: '' }, value: 1 });
  });

  it('records requests, and leaves responses and errors as they are', async () => {
    expect((await get('/users/7')).status).toBe(201);
    const failed = await get('/fail');
    expect(failed.status).toBe(500);
    expect(await failed.text()).toContain('of the application');
    await fetch(new URL('/users/7', url), { method: 'PROPFIND' });
    const all = await samples('/metrics');
    const requests = values(all, 'http_requests_total').map(({ labels, value }) => {
      const { method, route, status } = labels;
      return [method, route, status, value];
    });
    expect(requests).toContainEqual(['GET', '/users/:id', '201', 1]);
    expect(requests).toContainEqual(['GET', '', '500', 1]);
    expect(requests).toContainEqual(['_OTHER', '/users/:id', '201', 1]);
    const failures = values(all, 'http_server_request_duration_seconds_count').filter(
      ({ labels }) => labels.error_type !== '',
    );
    expect(failures).toEqual([
      { labels: expect.objectContaining({ error_type: 'TypeError' }), value: 1 },
    ]);
    // The only active request is the scrape itself.
    expect(values(all, 'http_server_active_requests')).toContainEqual({
      labels: expect.objectContaining({ http_request_method: 'GET' }),
      value: 1,
    });
  });

  it('refuses threads without a throw', async () => {
    const refused = values(parseText(await text('/port')).samples, 'telemetry_errors_total');
    expect(refused).toEqual([
      { labels: expect.objectContaining({ reason: 'no_threads' }), value: 1 },
    ]);
    expect(await (await get('/diagnostics')).json()).toMatchObject({
      runtime: 'edge',
      link: 'inline',
      storage: 'none',
      threads: 1,
    });
  });

  it('writes anew what a request that has ended took along, and counts that', async () => {
    expect(await text('/abandon')).toBe('abandoned');
    const failures = values(await samples('/resume'), 'telemetry_errors_total');
    expect(failures).toEqual([
      { labels: expect.objectContaining({ reason: 'storage' }), value: 1 },
    ]);
  });

  describe.each([
    ['a KV namespace', '/contract/kv'],
    ['a Durable Object', '/object/contract'],
  ])('storage in %s', (_, path) => {
    it.each(storageCases.map(({ name }) => name))('%s', async (name) => {
      expect(await text(`${path}?case=${encodeURIComponent(name)}`)).toBe('passed');
    });
  });

  it('brings the totals of a Durable Object over a restart', async () => {
    const visits = async () => values(await samples('/object/visit'), 'visits_total')[0].value;
    const first = await visits();
    expect(await visits()).toBe(first + 1);
    program.go();
    ({ url } = await program.next<{ url: string }>());
    expect(await visits()).toBe(first + 2);
  });
});
