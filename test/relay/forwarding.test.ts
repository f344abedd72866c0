import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { OTLPExporter, RemoteWriteExporter } from 'utilityfog-telemetry';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { fromSnappy, snappy } from '../../src/bytes/snappy.ts';
import { logOf, makeCollector, sampleOf } from '../collectors.ts';
import { receiver, status } from '../exporters/http-server.ts';
import { counted, jsonOf, message, nested, otlpRequest, post } from './batches.ts';
import { serveHandler } from './served-relay.ts';

const REMOTE_WRITE_HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
};

type Answer = ReturnType<typeof status>;

async function setUp(
  protocol: 'otlp' | 'remote-write',
  options: object,
  ...answers: readonly Answer[]
) {
  const { url, received } = await receiver(...answers);
  const own = makeCollector();
  const { forward, ...others } = options as { forward?: object };
  const relay = createRelay({
    allowOrigins: ['https://shop.example'],
    forward: { url: `${url}/in`, protocol, ...forward },
    collector: own,
    ...others,
  });
  const outcome = (name: string) => sampleOf(own, 'relay_requests_total', { outcome: name });
  return { relay, received, own, outcome };
}

/** What an exporter sends: a counter and a histogram. */
function recorded() {
  const collector = makeCollector();
  collector
    .registerCounter('views_total', '', { labelNames: ['page'] })
    .increment(3, { page: '/' });
  collector.registerHistogram('took_seconds', '', { buckets: [0.1, 1] }).observe(0.5);
  return collector;
}

describe('what exporters send', () => {
  const cases = [
    ['OTLP as protobuf', 'otlp', (url: string) => new OTLPExporter({ url })],
    ['OTLP as JSON', 'otlp', (url: string) => new OTLPExporter({ url, encoding: 'json' })],
    ['remote write', 'remote-write', (url: string) => new RemoteWriteExporter({ url })],
    [
      'remote write 2.0',
      'remote-write',
      (url: string) => new RemoteWriteExporter({ url, version: 2 }),
    ],
  ] as const;

  it.each(cases)('goes on as it is: %s', async (_, protocol, exporterTo) => {
    const { url: direct, received: sent } = await receiver(
      status(204, '', { 'x-prometheus-remote-write-samples-written': '3' }),
    );
    const { relay, received, own } = await setUp(
      protocol,
      {},
      status(204, '', { 'x-prometheus-remote-write-samples-written': '3' }),
    );
    const bodies: Buffer[] = [];
    const seen = async (request: Request) => {
      bodies.push(Buffer.from(await request.clone().arrayBuffer()));
      return relay(request);
    };
    const url = await serveHandler(seen);
    expect(await exporterTo(url).exportMetrics(recorded())).toBe(true);
    expect(await exporterTo(direct).exportMetrics(recorded())).toBe(true);
    expect(received).toHaveLength(1);
    expect(received[0].method).toBe('POST');
    expect(received[0].body.equals(bodies[0])).toBe(true);
    const about = ['content-type', 'content-encoding', 'x-prometheus-remote-write-version'];
    for (const name of about) expect(received[0].headers[name]).toBe(sent[0].headers[name]);
    expect(await sampleOf(own, 'relay_points_total')).toBeGreaterThan(3);
    expect(await sampleOf(own, 'relay_bytes_total')).toBe(bodies[0].length);
  });
});

describe('credentials', () => {
  it("are the relay's, and nothing of the page goes on", async () => {
    const token = 'what-pages-have';
    const headers = { authorization: 'Bearer secret-of-the-server', 'x-scope-orgid': 'shop' };
    const { relay, received } = await setUp('otlp', { token, forward: { headers } });
    const given = {
      authorization: `Bearer ${token}`,
      cookie: 'session=1',
      'x-scope-orgid': 'another',
      'x-forwarded-for': '::1',
    };
    const request = otlpRequest({ metrics: [counted('a_total', 1)] }, 'json', given);
    expect((await relay(request)).status).toBe(204);
    const { headers: sent } = received[0];
    expect(sent.authorization).toBe('Bearer secret-of-the-server');
    expect(sent['x-scope-orgid']).toBe('shop');
    expect(sent.cookie).toBeUndefined();
    expect(sent['x-forwarded-for']).toBeUndefined();
    expect(JSON.stringify(sent)).not.toContain(token);
  });

  it('say nothing of the body, which is as it is', async () => {
    const headers = { 'Content-Type': 'text/plain', 'Content-Encoding': 'br' };
    const { relay, received } = await setUp('otlp', { forward: { headers } });
    const request = otlpRequest({ metrics: [counted('a_total', 1)] });
    expect((await relay(request)).status).toBe(204);
    expect(received[0].headers['content-type']).toBe('application/json');
    expect(received[0].headers['content-encoding']).toBeUndefined();
  });

  it('may change', async () => {
    let i = 0;
    const headers = async () => ({ authorization: `Bearer ${++i}` });
    const { relay, received } = await setUp('otlp', { forward: { headers } });
    for (let n = 0; n < 2; n++) await relay(otlpRequest({ metrics: [counted('a_total', 1)] }));
    expect(received.map((one) => one.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('that cannot be had are a fault of the relay', async () => {
    const headers = () => Promise.reject(new Error('secret-of-the-server'));
    const { relay, received, outcome } = await setUp('otlp', { forward: { headers } });
    const response = await relay(otlpRequest({ metrics: [counted('a_total', 1)] }));
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('secret');
    expect(received).toHaveLength(0);
    expect(await outcome('server_failed')).toBe(1);
  });
});

describe('the answer of the server', () => {
  const sound = () => otlpRequest({ metrics: [counted('a_total', 1)] });

  it.each([
    [400, 400],
    [413, 413],
    [415, 415],
    [422, 422],
    [500, 500],
    [503, 503],
    // What follows is no fault of the page, which tries again.
    [401, 502],
    [403, 502],
    [404, 502],
    [301, 502],
    [999, 502],
  ])('%d becomes %d, without its words', async (code, told) => {
    const headers = { location: 'http://localhost:1/', 'set-cookie': 'a=1' };
    const { relay } = await setUp('otlp', {}, status(code, 'secret', headers));
    const response = await relay(sound());
    expect(response.status).toBe(told);
    expect(await response.text()).not.toContain('secret');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(response.headers.get('location')).toBeNull();
  });

  it('is not followed to another server', async () => {
    const { url, received } = await receiver();
    const { relay } = await setUp('otlp', {}, status(303, '', { location: url }));
    expect((await relay(sound())).status).toBe(502);
    expect(received).toEqual([]);
  });

  it('says when to come again', async () => {
    const { relay, outcome } = await setUp('otlp', {}, status(429, '', { 'retry-after': '7' }));
    const response = await relay(sound());
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await outcome('server_refused')).toBe(1);
  });

  it('says what it has refused, which the exporter counts', async () => {
    const text = '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}';
    const { relay } = await setUp(
      'otlp',
      {},
      status(200, text, { 'content-type': 'application/json' }),
    );
    const collector = recorded();
    const exporter = new OTLPExporter({ url: await serveHandler(relay), encoding: 'json' });
    expect(await exporter.exportMetrics(collector)).toBe(true);
    expect(logOf(collector).join()).toContain('too old');
  });

  it('may not come', async () => {
    const { relay, outcome } = await setUp('otlp', { forward: { timeout: 0.05 } }, () => {});
    expect((await relay(sound())).status).toBe(504);
    const gone = createRelay({
      allowOrigins: [],
      forward: { url: 'http://127.0.0.1:1/', protocol: 'otlp' },
    });
    expect((await gone(sound())).status).toBe(502);
    expect(await outcome('server_failed')).toBe(1);
  });
});

/** A request of remote write with these series. */
const written = (...series: readonly (readonly (readonly [string, string])[])[]) =>
  message((request) => {
    for (const labels of series) nested(request, 1, (one) => writeSeries(labels, one));
  });

function writeSeries(labels: readonly (readonly [string, string])[], to: BinaryWriter): void {
  for (const [name, value] of labels) {
    nested(to, 1, (label) => {
      label.tag(1, WireType.LengthDelimited).string(name);
      label.tag(2, WireType.LengthDelimited).string(value);
    });
  }
  nested(to, 2, (sample) => void sample.tag(1, WireType.Bit64).double(1));
}

describe('a body that is not sound', () => {
  const NAME = ['__name__', 'a_total'] as const;
  const long = 'x'.repeat(10_000);
  const cases: Readonly<Record<string, [number, () => Uint8Array | Promise<Uint8Array>]>> = {
    'is no Snappy': [400, () => Uint8Array.from([3, 255, 255, 255])],
    'is empty': [400, () => new Uint8Array()],
    'has no size': [400, () => new Uint8Array(9).fill(255)],
    'would be too large': [413, () => Uint8Array.from([255, 255, 255, 255, 15, 0])],
    'says another size than it has': [400, () => Uint8Array.from([200, 1, 0, 65])],
    'is no message': [400, () => snappy(Uint8Array.from([10, 200, 1]))],
    'has a series without name': [400, () => snappy(written([['a', 'b']]))],
    'has a series without labels': [400, () => snappy(written([]))],
    'has a label twice': [400, () => snappy(written([NAME, ['a', '1'], ['a', '2']]))],
    'has a label without name': [400, () => snappy(written([NAME, ['', '1']]))],
    'has a label that is too long': [400, () => snappy(written([NAME, ['a', long]]))],
    'has too many labels': [
      400,
      () =>
        snappy(written([NAME, ...Array.from({ length: 70 }, (_, i) => [`l${i}`, '1'] as const)])),
    ],
    'has too many series': [
      413,
      () => snappy(written(...Array.from({ length: 20_001 }, () => [NAME]))),
    ],
  };

  it.each(Object.entries(cases))('stays here if it %s', async (_, [code, make]) => {
    const { relay, received } = await setUp('remote-write', {});
    const bytes = Uint8Array.from(await make());
    expect((await relay(post(bytes, REMOTE_WRITE_HEADERS))).status).toBe(code);
    const sound = await snappy(written([NAME]));
    expect((await relay(post(sound, REMOTE_WRITE_HEADERS))).status).toBe(204);
    expect(received).toHaveLength(1);
    expect((await fromSnappy(received[0].body)).length).toBeGreaterThan(10);
  });

  it('stays here in version 2.0 if it refers to what is not there', async () => {
    const { relay, received } = await setUp('remote-write', {});
    const headers = { ...REMOTE_WRITE_HEADERS, 'x-prometheus-remote-write-version': '2.0.0' };
    const request = (references: readonly number[]) =>
      message((to) => {
        for (const text of ['', '__name__', 'a_total']) {
          to.tag(4, WireType.LengthDelimited).string(text);
        }
        nested(to, 5, (series) =>
          nested(series, 1, (list) => {
            for (const one of references) list.uint32(one);
          }),
        );
      });
    const send = async (...references: readonly number[]) =>
      (await relay(post(await snappy(request(references)), headers))).status;
    expect(await send(1, 7)).toBe(400);
    expect(await send(2, 1)).toBe(400);
    expect(await send(1)).toBe(400);
    expect(await send(1, 2)).toBe(204);
    expect(received).toHaveLength(1);
    expect(received[0].headers['content-type']).toContain('io.prometheus.write.v2.Request');
  });

  it('stays here if it is another protocol', async () => {
    const { relay: toOtlp } = await setUp('otlp', {});
    const bytes = await snappy(written([NAME]));
    expect((await toOtlp(post(bytes, REMOTE_WRITE_HEADERS))).status).toBe(415);
    const { relay } = await setUp('remote-write', {});
    expect((await relay(otlpRequest({ metrics: [] }, 'protobuf'))).status).toBe(415);
  });

  it('stays here if it is OTLP that cannot be read', async () => {
    const { relay, received } = await setUp('otlp', {});
    expect((await relay(post('{"resourceMetrics":7}'))).status).toBe(400);
    expect(received).toHaveLength(0);
  });
});

describe('families', () => {
  it('that pages may not send keep a request here', async () => {
    const { relay, received, outcome } = await setUp('otlp', { families: ['a_total', /^web_/] });
    const send = async (...names: readonly string[]) =>
      (await relay(otlpRequest({ metrics: names.map((name) => counted(name, 1)) }))).status;
    expect(await send('a_total', 'up')).toBe(400);
    expect(await send('up')).toBe(400);
    expect(await send('a_total', 'web_x')).toBe(204);
    expect(received.map(({ body }) => String(body))).toEqual([
      JSON.stringify(jsonOf({ metrics: [counted('a_total', 1), counted('web_x', 1)] })),
    ]);
    expect(await outcome('not_allowed')).toBe(2);
  });

  it('are also known by the names of their series', async () => {
    const { relay, received } = await setUp('remote-write', { families: ['took_seconds'] });
    const series = ['took_seconds_bucket', 'took_seconds_sum', 'took_seconds_count'];
    const request = async (...names: readonly string[]) =>
      post(
        await snappy(written(...names.map((name) => [['__name__', name]] as const))),
        REMOTE_WRITE_HEADERS,
      );
    expect((await relay(await request(...series))).status).toBe(204);
    expect((await relay(await request(...series, 'up'))).status).toBe(400);
    expect(received).toHaveLength(1);
  });
});
