/** Tests the form in which `RelayExporter` sends to a relay. */
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { formatPrometheus, RelayExporter } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { receiver } from '../exporters/http-server.ts';
import { parseText } from '../formats/text-parser.ts';
import { counted, NOW, otlpRequest } from './batches.ts';
import {
  bodyOf,
  bodyWith,
  COMPACT,
  count,
  double,
  KINDS,
  number,
  postCompact,
  requestsOf,
  signed,
  URL_OF_RELAY as url,
  whole,
  zeros,
} from './compact-bodies.ts';
import { serveHandler } from './served-relay.ts';

function setUp(options: object = {}) {
  // A strict collector throws at what the relay should have refused.
  const collector = makeCollector({ strict: true });
  collector.registerCounter('orders_total').increment(7);
  const relay = createRelay({ allowOrigins: [], aggregate: collector, ...options });
  const status = async (bytes: Uint8Array<ArrayBuffer>) => (await relay(postCompact(bytes))).status;
  const refused = async (reason: string) =>
    (await sampleOf(collector, 'relay_series_refused_total', { reason })) ?? 0;
  /** Fails if something else than what pages may write has changed, or if the relay does not go on. */
  const stillSound = async () => {
    expect(await sampleOf(collector, 'orders_total')).toBe(7);
    expect(await errors(collector, 'invalid_value')).toBe(0);
    expect(await errors(collector, 'invalid_labels')).toBe(0);
    const outcome = { outcome: 'failed' };
    expect(await sampleOf(collector, 'relay_requests_total', outcome)).toBeUndefined();
    parseText(await formatPrometheus(collector));
    const sender = `sound ${Math.random()}`;
    const sound = { sender, metrics: [counted('sound_total', 1, {}, NOW * 2n)] };
    expect((await relay(otlpRequest(sound))).status).toBe(200);
  };
  return { collector, relay, status, refused, stillSound };
}

/** A page with every kind of metric, constant labels, and too many series. */
function page() {
  const collector = makeCollector({ labels: { app: 'shop' }, seriesLimit: 3 });
  const labelNames = ['page', 'x'] as const;
  const views = collector.registerCounter('views_total', 'Views', {
    labelNames,
    exemplars: () => undefined,
  });
  for (let i = 0; i < 5; i++) views.increment(i + 0.25, { page: `/${i}`, x: 'ü "\n' });
  views.increment(1, { page: '/0', x: 'ü "\n' }, { exemplar: { trace_id: 'abcdef' } });
  collector.registerGauge('tabs', 'Tabs').set(-3.7);
  const took = collector.registerHistogram('took_seconds', 'Took', { buckets: [0.005, 1, 2.5] });
  took.observe(0.1);
  collector.registerHistogram('again_seconds', '', { buckets: [0.005, 1, 2.5] }).observe(7);
  const native = collector.registerHistogram('native_seconds', '', { native: true });
  for (const value of [0, 0.1, 3, -2]) native.observe(value);
  collector.registerSummary('sum_seconds').observe(1);
  collector.registerInfo('build_info', '', { labels: { version: '1' } });
  collector.registerStateSet('phase', '', { states: ['idle', 'busy'] }).set('busy');
  return collector;
}

async function pageBody(): Promise<Uint8Array<ArrayBuffer>> {
  const exporter = new RelayExporter({
    url,
    compression: 'none',
    resource: { 'service.name': 'x' },
  });
  const [request] = await requestsOf(page(), exporter);
  return new Uint8Array(await request!.arrayBuffer());
}

describe('what RelayExporter sends', () => {
  it('has all that a page has, and nothing of its collector', async () => {
    const families = [
      { name: 'tabs', type: 'gauge', labelNames: ['app'] },
      { name: 'phase', type: 'gauge', labelNames: ['app', 'phase'] },
      { name: 'build_info', type: 'gauge', labelNames: ['app', 'version'] },
      /./,
    ];
    const { collector, relay, status } = setUp({ families });
    const response = await relay(postCompact(await pageBody()));
    expect(await response.json()).toEqual({
      partialSuccess: {
        rejectedDataPoints: '1',
        errorMessage: expect.stringContaining('1 of sum_seconds'),
      },
    });
    const app = 'shop';
    const value = async (name: string, labels: object = {}) =>
      (await samplesOf(collector, name)).filter(({ labels: own }) =>
        Object.entries({ app, ...labels }).every(([key, one]) => own[key] === one),
      )[0]?.value;
    expect(await value('views_total', { page: '/0', x: 'ü "\n' })).toBe(1.25);
    expect(await value('views_total', { page: '/2' })).toBe(2.25);
    // The page has no room for the others.
    expect((await samplesOf(collector, 'views_total')).map((one) => one.value).sort()).toEqual([
      1.25, 1.25, 2.25, 7.5,
    ]);
    expect(await value('tabs')).toBe(-3.7);
    expect(await value('took_seconds_bucket', { le: '1' })).toBe(1);
    expect(await value('took_seconds_sum')).toBe(0.1);
    expect(await value('again_seconds_bucket', { le: '2.5' })).toBe(0);
    expect(await value('again_seconds_count')).toBe(1);
    expect(await value('native_seconds_count')).toBe(4);
    expect(await value('native_seconds_sum')).toBeCloseTo(1.1, 12);
    expect(await value('build_info', { version: '1' })).toBe(1);
    expect(await value('phase', { phase: 'busy' })).toBe(1);
    expect(await value('phase', { phase: 'idle' })).toBe(0);
    const ignored = { reason: 'ignored' };
    expect(await sampleOf(collector, 'relay_series_refused_total', ignored)).toBeUndefined();
    expect(await status(new Uint8Array())).toBe(400);
  });

  it('is compressed if that makes it smaller, and says nothing twice', async () => {
    const collector = makeCollector();
    const views = collector.registerCounter('views_total', '', { labelNames: ['page'] });
    for (let i = 0; i < 200; i++) views.increment(1, { page: `/products/${i}` });
    const exporter = new RelayExporter({ url });
    const [first] = await requestsOf(collector, exporter);
    expect(first!.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await first!.arrayBuffer()).subarray(0, 3)).toEqual(
      Buffer.from([0x55, 0x46, 1]),
    );
    views.increment(1, { page: '/products/7' });
    const [second] = await requestsOf(collector, exporter);
    expect(second!.headers.get('content-encoding')).toBeNull();
    expect((await second!.arrayBuffer()).byteLength).toBeLessThan(100);
    expect(await requestsOf(collector, exporter)).toEqual([]);
  });

  it('goes in several requests that a page which is left can make, and adds up', async () => {
    const { collector, relay } = setUp({ families: [/^views/] });
    const source = makeCollector({ seriesLimit: 10_000 });
    const names = ['views_a_total', 'views_b_total'];
    for (const name of names) {
      const views = source.registerCounter(name, '', { labelNames: ['page'] });
      for (let i = 0; i < 2000; i++) views.increment(i, { page: `/products/of/the/shop/${i}` });
    }
    const exporter = new RelayExporter({ url, compression: 'none' });
    const requests = await requestsOf(source, exporter);
    expect(requests.length).toBeGreaterThan(2);
    for (const request of requests) {
      expect((await request.clone().arrayBuffer()).byteLength).toBeLessThan(45_000);
      expect(await (await relay(request)).json()).toEqual({});
    }
    for (const name of names) {
      const values = (await samplesOf(collector, name)).map(({ value }) => value);
      expect(values.length).toBe(2000);
      expect(values.reduce((sum, one) => sum + one, 0)).toBe(1999 * 1000);
    }
  });

  it('waits in the queue, and counts once', async () => {
    const { collector, relay } = setUp();
    let asked = 0;
    const address = await serveHandler(async (request) => {
      const response = await relay(request);
      return ++asked % 2 === 1 ? new Response('', { status: 503 }) : response;
    });
    const source = makeCollector();
    const views = source.registerCounter('views_total');
    const exporter = new RelayExporter({ url: address });
    for (let i = 1; i <= 3; i++) {
      views.increment(i);
      expect(await exporter.exportMetrics(source)).toBe(true);
    }
    expect(await sampleOf(collector, 'views_total')).toBe(6);
    expect(logOf(source)).toEqual([]);
  });

  it.each([[{}], [{ url: 'no url' }], [{ url, resource: 5 }], [{ url, queue: { maxBytes: 0 } }]])(
    'needs options that are sound: %j',
    (options) => {
      expect(() => new RelayExporter(options as never)).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      );
    },
  );
});

describe('a relay that sends on', () => {
  it('turns it into OTLP, with the same deltas, resource and exemplars', async () => {
    const { url: server, received } = await receiver();
    const forward = { url: server, protocol: 'otlp' } as const;
    const sends = createRelay({ allowOrigins: [], forward, families: [/^((?!tabs).)*$/, 'tabs'] });
    expect((await sends(postCompact(await pageBody()))).status).toBeLessThan(300);
    const { headers, body } = received[0]!;
    expect(headers['content-type']).toBe('application/x-protobuf');
    expect(body.includes('abcdef')).toBe(true);
    expect(body.includes('service.name')).toBe(true);
    // Another relay adds up what it has sent.
    const { collector, relay } = setUp();
    const type = { 'content-type': 'application/x-protobuf' };
    await relay(new Request(url, { method: 'POST', headers: type, body: new Uint8Array(body) }));
    const direct = setUp();
    await direct.relay(postCompact(await pageBody()));
    const own = (text: string) =>
      text.split('\n').filter((line) => /^(views|took|again|native)_/.test(line));
    const lines = own(await formatPrometheus(collector));
    expect(lines.length).toBeGreaterThan(14);
    expect(lines).toEqual(own(await formatPrometheus(direct.collector)));
  });

  it('sends on only what it may', async () => {
    const { url: server, received } = await receiver();
    const forward = { url: server, protocol: 'otlp' } as const;
    const relay = createRelay({ allowOrigins: [], forward, families: ['views_total'] });
    expect((await relay(postCompact(await pageBody()))).status).toBe(400);
    expect(received).toEqual([]);
  });

  it('refuses it if the server takes remote write, and says what to do', async () => {
    const forward = { url: 'http://127.0.0.1:9/', protocol: 'remote-write' } as const;
    const relay = createRelay({ allowOrigins: [], forward });
    const response = await relay(postCompact(await pageBody()));
    expect(response.status).toBe(415);
    expect(await response.text()).toMatch(
      /use RemoteWriteExporter in the page, or a relay with agg/,
    );
  });
});

describe('hostile bodies', () => {
  it('may be cut anywhere, or be anything', { timeout: 200_000 }, async () => {
    const { collector, status, stillSound } = setUp();
    const body = await pageBody();
    for (let end = 0; end < body.length; end++) {
      expect(await status(body.slice(0, end)), `cut at ${end}`).toBe(400);
    }
    expect(await status(Uint8Array.from([...body, 0]))).toBe(400);
    expect((await samplesOf(collector, 'views_total')).length).toBe(0);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await status(Uint8Array.from(bytes))).toBe(400);
        expect(await status(Uint8Array.from([0x55, 0x46, 1, ...bytes]))).toBeOneOf([200, 400, 413]);
      }),
      { numRuns: 300 },
    );
    await stillSound();
  });

  it('may have any bytes changed', { timeout: 200_000 }, async () => {
    const { status, stillSound } = setUp();
    const body = await pageBody();
    const change = fc.tuple(fc.nat(body.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = body.slice();
        for (const [at, value] of changes) changed[at] = value;
        expect(await status(changed)).toBeOneOf([200, 400, 413, 415]);
      }),
      { numRuns: 1500 },
    );
    await stillSound();
  });

  it('may be of a version that is not known', async () => {
    const { relay } = setUp();
    const response = await relay(postCompact(bodyOf({ head: [0x55, 0x46, 2], texts: ['a'] })));
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('use one version of both');
  });

  const huge = whole(2 ** 40);
  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ['more texts than there are', Uint8Array.from([0x55, 0x46, 1, ...huge])],
    ['a text that is longer than the body', Uint8Array.from([0x55, 0x46, 1, 1, ...huge, 65])],
    ['a text that is none', bodyOf({ texts: ['a', [0xff, 0xfe]] })],
    ['a number without end', Uint8Array.from([0x55, 0x46, 1, ...new Array(99).fill(255)])],
    ['a number that is too large', bodyOf({ texts: ['a'], rest: [], time: 2 ** 53 })],
    ['a reference to no text', bodyOf({ texts: ['a'], id: 1 })],
    ['a family of another kind', bodyWith(7, 1, 1, number(1))],
    ['flags that are not known', bodyWith(64, 1, number(1))],
    ['more points than there are', bodyWith(KINDS.counter, huge)],
    ['a reference to no list', bodyWith(KINDS.histogram, 5, 1, number(1), zeros(1))],
    ['more bounds than there are', bodyWith(KINDS.histogram, 0, huge)],
    [
      'more zeros than there are buckets',
      bodyWith(KINDS.histogram, 0, 1, number(1), 1, number(1), zeros(3)),
    ],
    [
      'more buckets than there may be',
      bodyWith(
        KINDS.native,
        0,
        1,
        number(0),
        1,
        number(1),
        0,
        0,
        whole(16_385),
        0,
        zeros(16_385),
        0,
      ),
    ],
    ['a number of another form', bodyWith(KINDS.counter, 1, 15, 1)],
  ])('are none with %s', async (_, bytes) => {
    const { status, stillSound } = setUp();
    expect(await status(bytes)).toBe(400);
    await stillSound();
  });

  it('take no more memory than they may: few bytes can stand for many zeros', async () => {
    const { status, refused } = setUp();
    const many = (points: number) => {
      const sides = [whole(16_384), 0, zeros(16_384), whole(16_384), 0, zeros(16_384)];
      const one = [number(0), 0, 0, ...sides];
      return bodyWith(
        KINDS.native,
        0,
        1,
        number(0),
        whole(points),
        Array.from({ length: points }, () => one),
      );
    };
    expect(await status(many(8))).toBe(200);
    expect(await status(many(9))).toBe(400);
    expect(
      await status(
        bodyWith(
          KINDS.counter,
          whole(10_001),
          Array.from({ length: 10_001 }, () => number(1)),
        ),
      ),
    ).toBe(400);
    expect(await refused('buckets')).toBe(0);
  });

  it('have no more states than an exporter writes, since each becomes a point', async () => {
    const { status } = setUp();
    const states = Array.from({ length: 4096 }, () => 2);
    const many = (points: number) => {
      const one = states.map(() => number(0));
      const all = Array.from({ length: points }, () => one);
      return bodyWith(KINDS.states, whole(states.length), states, whole(points), all);
    };
    expect(await status(many(16))).toBe(200);
    expect(await status(many(17))).toBe(400);
  });

  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ['value', bodyWith(KINDS.counter, 1, double(-1))],
    ['value', bodyWith(KINDS.counter, 1, double(Number.NaN))],
    ['value', bodyWith(KINDS.counter, 1, double(Infinity))],
    ['value', bodyWith(KINDS.counter, 1, double(1e13))],
    ['value', bodyWith(KINDS.histogram, 0, 1, number(1), 1, double(-1), count(1), count(0))],
    [
      'value',
      bodyWith(KINDS.histogram, 0, 1, number(1), 1, double(Number.NaN), count(1), zeros(1)),
    ],
    [
      'value',
      bodyWith(KINDS.histogram, 0, 1, number(1), 1, number(1), count(2 ** 51), count(2 ** 51)),
    ],
    [
      'value',
      bodyWith(
        KINDS.native,
        0,
        1,
        number(0),
        1,
        double(-5),
        signed(0),
        0,
        1,
        signed(1),
        count(1),
        0,
      ),
    ],
    [
      'buckets',
      bodyWith(
        KINDS.native,
        0,
        1,
        number(0),
        1,
        number(5),
        signed(-5),
        0,
        1,
        signed(1),
        count(1),
        0,
      ),
    ],
    [
      'buckets',
      bodyWith(
        KINDS.native,
        0,
        1,
        number(5),
        1,
        number(5),
        signed(0),
        0,
        1,
        signed(1),
        count(1),
        0,
      ),
    ],
    [
      'buckets',
      bodyWith(
        KINDS.native,
        0,
        1,
        number(0),
        1,
        number(5),
        signed(0),
        0,
        1,
        signed(2 ** 40),
        count(1),
        0,
      ),
    ],
    [
      'buckets',
      bodyWith(KINDS.histogram, 0, 2, number(2), number(1), 1, number(1), count(1), zeros(2)),
    ],
    ['kind', bodyWith(KINDS.summary, 0, 1, double(0.5), 1, number(1), number(1), number(1))],
    ['gauge', bodyWith(KINDS.gauge, 1, number(1))],
    ['gauge', bodyWith(KINDS.states, 1, 1, 1, number(1))],
    ['sender', bodyOf({ texts: ['', 'x', ''], families: [[0, 1, 2, 2, 0, 0, 1, number(1)]] })],
    [
      'time',
      bodyOf({ texts: ['a', 'x', ''], time: 0, families: [[0, 1, 2, 2, 0, 0, 1, number(1)]] }),
    ],
    [
      'labels',
      bodyOf({
        texts: ['a', 'x', '', 'y'.repeat(1025)],
        families: [[0, 1, 2, 2, 1, 1, 0, 1, 4, number(1)]],
      }),
    ],
    [
      'labels',
      bodyOf({
        texts: ['a', 'x', '', 'y'],
        families: [[0, 1, 2, 2, 33, new Array(33).fill(3), 0, 1, new Array(33).fill(3), number(1)]],
      }),
    ],
    ['name', bodyOf({ texts: ['a', 'no name', ''], families: [[0, 1, 2, 2, 0, 0, 1, number(1)]] })],
    [
      'owned',
      bodyOf({ texts: ['a', 'orders_total', ''], families: [[0, 1, 2, 2, 0, 0, 1, number(1)]] }),
    ],
  ])('count for nothing: %s', async (reason, bytes) => {
    const { relay, refused, stillSound } = setUp();
    const response = await relay(postCompact(bytes));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
    expect(await refused(reason)).toBe(1);
    await stillSound();
  });

  it('may name a family or a series twice, or come twice', async () => {
    const { collector, status, refused } = setUp();
    const family = [0, 1, 2, 2, 1, 3, 0, 3, [1 + 4, number(1)], [1 + 4, number(2)], [0, number(4)]];
    const body = bodyOf({ texts: ['a', 'x_total', '', 'l', 'v'], families: [family, family] });
    for (let i = 0; i < 3; i++) expect(await status(body)).toBe(200);
    expect(await sampleOf(collector, 'x_total', { l: 'v' })).toBe(6);
    // The overflow series of a page is one whose labels are empty.
    expect(await sampleOf(collector, 'x_total', { l: '' })).toBe(8);
    expect(await refused('replayed')).toBe(12);
  });

  it('may name what objects have', async () => {
    const { collector, status, stillSound } = setUp();
    const texts = ['__proto__', 'constructor', '', 'toString', 'hasOwnProperty'];
    const families = [[0, 1, 2, 2, 1, 4, 1, 3, 0, 1, 1, number(1)]];
    expect(await status(bodyOf({ texts, families }))).toBe(200);
    expect(
      await sampleOf(collector, 'constructor', {
        toString: '__proto__',
        hasOwnProperty: '__proto__',
      } as never),
    ).toBe(1);
    await stillSound();
  });

  it('may be compressed with gzip, and with nothing else', async () => {
    const { relay } = setUp();
    const headers = { ...COMPACT, 'content-encoding': 'snappy' };
    const request = new Request(url, { method: 'POST', headers, body: await pageBody() });
    expect((await relay(request)).status).toBe(415);
  });
});
