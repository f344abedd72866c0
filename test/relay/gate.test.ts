import { gzipSync } from 'node:zlib';
import { OTLPExporter, TelemetryCollector } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';
import { counted, jsonOf, otlpRequest, post } from './batches.ts';

const PAGE = 'https://shop.example';
const BATCH = { metrics: [counted('views_total', 1)] };

function setUp(options: object = {}) {
  const collector = makeCollector();
  const relay = createRelay({ allowOrigins: [PAGE], aggregate: collector, ...options });
  const outcome = (name: string) =>
    sampleOf(collector, 'relay_requests_total', { outcome: name }) ?? 0;
  return { collector, relay, outcome, views: () => sampleOf(collector, 'views_total') };
}

const preflight = (origin: string) =>
  new Request('http://relay.test/', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });

it('refuses events, which it would not keep', async () => {
  const collector = makeCollector();
  const relay = createRelay({ allowOrigins: '*', aggregate: collector });
  const { url, received } = await receiver(async (response, { method, path, headers, body }) => {
    const request = new Request(`http://relay.test${path}`, {
      method,
      headers: headers as Record<string, string>,
      body: Uint8Array.from(body),
    });
    const answer = await relay(request);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  const sender = makeCollector();
  sender.recordEvent('order');
  sender.registerCounter('views_total').increment();
  const to = { url: `${url}/v1/metrics`, temporality: 'delta', events: true } as const;
  for (const encoding of ['json', 'protobuf'] as const) {
    const exporter = new OTLPExporter({ ...to, encoding });
    expect(await exporter.exportMetrics(sender)).toBe(false);
    const labels = { exporter: 'otlp_logs', reason: 'refused' };
    const dropped = sampleOf(sender, 'telemetry_delivery_dropped_series_total', labels);
    expect(await dropped).toBe(encoding === 'json' ? 1 : 2);
  }
  expect(received.map(({ path }) => path).sort()).toContain('/v1/logs');
  expect(await sampleOf(collector, 'views_total')).toBe(2);
});

describe('the origin', () => {
  it('is allowed to send, and to read the answer', async () => {
    const { relay, views } = setUp();
    const asked = await relay(preflight(PAGE));
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringContaining('content-encoding'),
      vary: 'origin',
    });
    const sent = await relay(otlpRequest(BATCH, 'json', { origin: PAGE }));
    expect(sent.status).toBe(200);
    expect(sent.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(sent.headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(sent.headers.get('access-control-allow-credentials')).toBeNull();
    expect(await views()).toBe(1);
  });

  it.each(['https://shop.example.evil', 'http://shop.example', 'null', 'https://shop.example:444'])(
    'is refused if it is %s',
    async (origin) => {
      const { relay, views, outcome } = setUp();
      for (const request of [preflight(origin), otlpRequest(BATCH, 'json', { origin })]) {
        const { status, headers } = await relay(request);
        expect(status).toBe(403);
        expect(headers.get('access-control-allow-origin')).toBeNull();
      }
      expect(await views()).toBeUndefined();
      expect(await outcome('bad_origin')).toBe(2);
    },
  );

  it('may be any with *, and is missing where no page sends', async () => {
    const { relay } = setUp({ allowOrigins: '*' });
    const { headers } = await relay(
      otlpRequest(BATCH, 'json', { origin: 'https://other.example' }),
    );
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect((await setUp().relay(otlpRequest(BATCH))).status).toBe(200);
  });
});

describe('the token', () => {
  const token = 'abcdef0123456789';

  it('must be sent', async () => {
    const { relay, views } = setUp({ token });
    for (const given of ['', 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, token]) {
      const { status, headers } = await relay(
        otlpRequest(BATCH, 'json', { authorization: given, origin: PAGE }),
      );
      expect(status).toBe(401);
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
      // A page must be able to read why.
      expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    }
    expect(await views()).toBeUndefined();
    const sent = await relay(otlpRequest(BATCH, 'json', { authorization: `Bearer ${token}` }));
    expect(sent.status).toBe(200);
    expect(await views()).toBe(1);
  });

  it('is not asked for in a preflight, which has none', async () => {
    expect((await setUp({ token }).relay(preflight(PAGE))).status).toBe(204);
  });
});

describe('the rate', () => {
  it('is limited for each client', async () => {
    const rate = { perSecond: 0.01, burst: 2, key: (one: Request) => one.headers.get('x-client') };
    const { relay, outcome } = setUp({ rate });
    const send = (client: string) => relay(otlpRequest(BATCH, 'json', { 'x-client': client }));
    const statuses = async (client: string) => [
      (await send(client)).status,
      (await send(client)).status,
      (await send(client)).status,
    ];
    expect(await statuses('a')).toEqual([200, 200, 429]);
    expect(await statuses('b')).toEqual([200, 200, 429]);
    const refused = await send('a');
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(90);
    expect(wait).toBeLessThanOrEqual(100);
    expect(await outcome('too_many')).toBe(3);
  });

  it('is shared by clients whose key cannot be told, and given what the handler is given', async () => {
    const seen: unknown[] = [];
    const rate = {
      perSecond: 0.01,
      burst: 1,
      key: (_: Request, ...context: unknown[]) => {
        seen.push(...context);
        throw new Error('no address');
      },
    };
    const relay = createRelay({ allowOrigins: [], aggregate: makeCollector(), rate });
    expect((await relay(otlpRequest(BATCH), 'info')).status).toBe(200);
    expect((await relay(otlpRequest(BATCH), 'other')).status).toBe(429);
    expect(seen).toEqual(['info', 'other']);
  });

  it('forgets clients rather than grow, the silent ones first', async () => {
    const rate = {
      perSecond: 0.01,
      burst: 1,
      clients: 2,
      key: (one: Request) => one.headers.get('x-client'),
    };
    const { relay } = setUp({ rate });
    const send = async (client: string) =>
      (await relay(otlpRequest(BATCH, 'json', { 'x-client': client }))).status;
    expect([await send('a'), await send('b'), await send('a')]).toEqual([200, 200, 429]);
    expect(await send('c')).toBe(200); // b is forgotten
    expect([await send('a'), await send('b')]).toEqual([429, 200]);
  });
});

describe('the body', () => {
  it('must be of a type that is known, sent by POST', async () => {
    const { relay } = setUp();
    const get = await relay(new Request('http://relay.test/'));
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    const type = (type: string, encoding = 'identity') =>
      relay(post('{}', { 'content-type': type, 'content-encoding': encoding }));
    expect((await type('text/plain')).status).toBe(415);
    expect((await type('application/json', 'br')).status).toBe(415);
    expect((await type('application/json; charset=utf-8')).status).toBe(200);
    expect((await type('application/x-protobuf', 'snappy')).status).toBe(415);
  });

  it('may be compressed', async () => {
    const { relay, views } = setUp();
    const bytes = gzipSync(JSON.stringify(jsonOf(BATCH)));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await relay(post(bytes, headers))).status).toBe(200);
    expect(await views()).toBe(1);
    const isNone = await relay(post('{}', headers));
    expect([isNone.status, await isNone.text()]).toEqual([400, expect.stringContaining('gzip')]);
    const isCut = await relay(post(bytes.subarray(0, bytes.length - 12), headers));
    expect(isCut.status).toBe(400);
    expect(await views()).toBe(1);
  });

  it.each([2e6, 2e8])('must not be a bomb of %d bytes', async (size) => {
    const { relay, outcome } = setUp({ maxBytes: 1e6 });
    const bomb = gzipSync(Buffer.alloc(size, ' '));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const before = process.memoryUsage().arrayBuffers;
    const { status } = await relay(post(bomb, headers));
    expect(status).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
    expect(await outcome('too_large')).toBe(1);
  });

  it('must not be larger than allowed, whatever it says of its size', async () => {
    const { relay, outcome } = setUp({ maxBytes: 1000 });
    let pulled = 0;
    let cancelled = false;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(100));
        },
        cancel: () => void (cancelled = true),
      });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: endless(), duplex: 'half' };
    expect((await relay(new Request('http://relay.test/', init as RequestInit))).status).toBe(413);
    expect(pulled).toBeLessThan(20);
    expect(cancelled).toBe(true);
    const lying = { ...headers, 'content-length': '2000' };
    expect((await relay(post('{}', lying))).status).toBe(413);
    expect(await outcome('too_large')).toBe(2);
  });

  it('must arrive in time', async () => {
    const { relay, outcome } = setUp({ timeout: 0.05 });
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect((await relay(new Request('http://relay.test/', init))).status).toBe(408);
    expect(cancelled).toBe(true);
    expect(await outcome('too_slow')).toBe(1);
  });

  it('waits for no other: too many at a time are sent away', async () => {
    const { relay, outcome } = setUp({ maxRequests: 1 });
    let finish = () => {};
    const body = new ReadableStream({
      start(controller) {
        finish = () => {
          controller.enqueue(new TextEncoder().encode('{}'));
          controller.close();
        };
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const first = relay(new Request('http://relay.test/', init));
    const second = await relay(otlpRequest(BATCH));
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    finish();
    expect((await first).status).toBe(200);
    expect((await relay(otlpRequest(BATCH))).status).toBe(200);
    expect(await outcome('busy')).toBe(1);
  });

  it('is taken even if the metrics of the relay were removed', async () => {
    const collector = makeCollector({ strict: true });
    const relay = createRelay({ allowOrigins: [], aggregate: collector });
    for (const name of ['requests', 'bytes', 'points', 'series_refused']) {
      expect(collector.unregister(`relay_${name}_total`)).toBe(true);
    }
    expect((await relay(otlpRequest(BATCH))).status).toBe(200);
    expect((await relay(otlpRequest(BATCH))).status).toBe(200);
    expect(await sampleOf(collector, 'views_total')).toBe(1);
  });

  it('may fail on the way', async () => {
    const { relay } = setUp();
    const body = new ReadableStream({ pull: (to) => to.error(new Error('reset')) });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect((await relay(new Request('http://relay.test/', init))).status).toBe(400);
  });
});

describe('the options', () => {
  const aggregate = new TelemetryCollector({ link: 'inline' });
  const forward = { url: 'http://localhost/', protocol: 'otlp' } as const;
  const sound = { allowOrigins: [], aggregate };
  const wrong: Readonly<Record<string, object | undefined>> = {
    nothing: undefined,
    'no origins': { aggregate },
    'an origin with a slash': { ...sound, allowOrigins: ['https://shop.example/'] },
    'neither forward nor aggregate': { allowOrigins: [] },
    'both forward and aggregate': { ...sound, forward },
    'an empty token': { ...sound, token: '' },
    'a token with a line break': { ...sound, token: 'secret-of-pages\n' },
    'a token that is no text': { ...sound, token: ['secret-of-pages'] },
    'null for a token': { ...sound, token: null },
    'a forward with headers that are none': {
      ...{ allowOrigins: [], forward: { ...forward, headers: { a: 'secret\n\u0000' } } },
    },
    'a token under another name': { ...sound, bearerToken: 'abc' },
    'an option that there is not': { ...sound, maxSize: 3 },
    'no bytes': { ...sound, maxBytes: 0 },
    'a rate without key': { ...sound, rate: { perSecond: 1 } },
    'a rate without number': { ...sound, rate: { key: () => '' } },
    'no collector': { allowOrigins: [], aggregate: {} },
    'a forward without protocol': { allowOrigins: [], forward: { url: 'http://localhost/' } },
    'a forward to a file': { allowOrigins: [], forward: { ...forward, url: 'file:///x' } },
    'a password in the URL': {
      allowOrigins: [],
      forward: { ...forward, url: 'http://a:secret@b/' },
    },
    'definitions of what is forwarded': {
      ...{ allowOrigins: [], forward },
      families: [{ name: 'a_total', type: 'counter' }],
    },
    'a limit that forwarding does not heed': { allowOrigins: [], forward, seriesLimit: 5 },
    'a second collector': { ...sound, collector: aggregate },
    'a family without type': { ...sound, families: [{ name: 'a_total' }] },
    'a family that the collector refuses': { ...sound, families: [{ name: '1', type: 'counter' }] },
    'a family with a typing error': {
      ...sound,
      families: [{ name: 'a_total', type: 'counter', labels: ['x'] }],
    },
  };

  it.each(Object.entries(wrong))('must not be %s', (_, options) => {
    let thrown: unknown;
    try {
      createRelay(options as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'TelemetryError', code: expect.any(String) });
    expect((thrown as Error).message).not.toContain('secret');
  });
});
