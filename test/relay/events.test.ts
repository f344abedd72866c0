/** Tests how events of pages become events of the collector in which pages add up. */
import fc from 'fast-check';
import { OTLPExporter, RelayExporter, type TelemetryCollector } from 'utilityfog-telemetry';
import { createRelay, type RelayEventOptions } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { message, nested } from './batches.ts';
import { bodyOf, postCompact, TIME } from './compact-bodies.ts';
import { FORMS, type Form } from './delta-exporter.ts';
import { serveHandler } from './served-relay.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const SECONDS = TIME / 1e6;

function setUp(events: RelayEventOptions = { names: [/^page_/] }, options: object = {}) {
  const collector = makeCollector({ strict: true });
  const relay = createRelay({ allowOrigins: [], aggregate: collector, events, ...options });
  const refused = async (reason: string) =>
    (await sampleOf(collector, 'relay_series_refused_total', { reason })) ?? 0;
  const logs = (body: BodyInit, headers: Readonly<Record<string, string>> = JSON_TYPE) =>
    relay(new Request('http://relay.test/v1/logs', { method: 'POST', headers, body }));
  return { collector, relay, refused, logs };
}

function exporterOf(form: Form, url: string) {
  if (form === 'compact') return new RelayExporter({ url, events: true });
  const to = { url: `${url}/v1/metrics`, events: true, temporality: 'delta' } as const;
  return new OTLPExporter({ ...to, encoding: form });
}

/** A request in which a sender has one event. */
const oneEvent = (event: object, sender: string | null = 'a') => ({
  resourceLogs: [
    {
      resource: {
        attributes:
          sender === null ? [] : [{ key: 'service.instance.id', value: { stringValue: sender } }],
      },
      scopeLogs: [{ logRecords: [event] }],
    },
  ],
});
const record = (eventName = 'page_error', rest: object = {}) => ({
  ...{ eventName, timeUnixNano: `${TIME}000`, body: { stringValue: 'x' } },
  ...rest,
});

const namesOf = async (collector: TelemetryCollector) =>
  (await collector.getEvents()).map(({ name }) => name);

describe.each(FORMS)('events that pages send as %s', (form) => {
  it('are recorded, as they were, with the time of the page beside', async () => {
    const { collector, relay } = setUp();
    const heard: unknown[] = [];
    collector.addHook('page_error', ({ value }) => heard.push(value));
    const source = makeCollector();
    const exporter = exporterOf(form, await serveHandler(relay));
    const value = { message: 'ü "\n', list: [1, -2.5, [true, {}]], none: null };
    const before = Date.now() / 1000;
    source.recordEvent('page_error', value, {
      labels: { page: '/cart', trace_id: '0af7651916cd43dd8448eb211c80319c' },
      metadata: { build: 7 },
    });
    source.registerCounter('views_total').increment();
    expect(await exporter.exportMetrics(source)).toBe(true);
    source.recordEvent('page_left');
    expect(await exporter.exportMetrics(source)).toBe(true);
    expect(logOf(source)).toEqual([]);
    const [first, second] = await collector.getEvents();
    expect(first).toMatchObject({
      name: 'page_error',
      labels: { page: '/cart', trace_id: '0af7651916cd43dd8448eb211c80319c' },
      metadata: { build: 7, page_timestamp: expect.any(Number) },
      timestamp: expect.any(Number),
    });
    // OpenTelemetry has no null.
    const { none, ...rest } = first!.value as typeof value;
    expect(none ?? null).toBeNull();
    expect(rest).toEqual({ message: value.message, list: value.list });
    const { page_timestamp } = first!.metadata as { page_timestamp: number };
    expect(page_timestamp).toBeGreaterThan(before - 1);
    expect(second!.name).toBe('page_left');
    expect(heard.length).toBe(1);
    expect(await sampleOf(collector, 'relay_events_total')).toBe(2);
    expect(await sampleOf(collector, 'views_total')).toBe(1);
  });

  it('are recorded once, even if answers are lost', async () => {
    const { collector, relay, refused } = setUp();
    let asked = 0;
    const url = await serveHandler(async (request) => {
      const response = await relay(request);
      return ++asked % 2 === 1 ? new Response('', { status: 503 }) : response;
    });
    const source = makeCollector();
    const exporter = exporterOf(form, url);
    for (const name of ['page_a', 'page_b', 'page_c']) {
      source.recordEvent(name);
      expect(await exporter.exportMetrics(source)).toBe(true);
    }
    expect(await namesOf(collector)).toEqual(['page_a', 'page_b', 'page_c']);
    expect(await refused('replayed')).toBeGreaterThan(0);
  });

  it('are told of if the relay does not take them', async () => {
    const { collector, relay } = setUp();
    const source = makeCollector();
    const exporter = exporterOf(form, await serveHandler(relay));
    source.recordEvent('page_error');
    source.recordEvent('health_check', { status: 'UNHEALTHY' });
    expect(await exporter.exportMetrics(source)).toBe(true);
    expect(await namesOf(collector)).toEqual(['page_error']);
    expect(logOf(source).join()).toContain('1 of health_check, …: the relay does not take events');
  });

  it('are refused if the relay takes none, with what to do', async () => {
    const collector = makeCollector();
    const url = await serveHandler(createRelay({ allowOrigins: [], aggregate: collector }));
    const source = makeCollector();
    source.recordEvent('page_error');
    source.registerCounter('views_total').increment();
    const exporter = exporterOf(form, url);
    expect(await exporter.exportMetrics(source)).toBe(false);
    expect(logOf(source).join()).toContain('its option `events` names');
    expect(await collector.getEvents()).toEqual([]);
    expect(await sampleOf(collector, 'views_total')).toBe(1);
  });
});

describe('events of pages', () => {
  it('are limited by name, so that one that floods leaves the others alone', async () => {
    const { collector, logs, refused } = setUp({ names: [/^page_/], perSecond: 0.001, burst: 3 });
    for (let i = 0; i < 10; i++) {
      const later = { timeUnixNano: `${TIME + i}000` };
      expect((await logs(JSON.stringify(oneEvent(record('page_flood', later))))).status).toBe(200);
    }
    await logs(JSON.stringify(oneEvent(record('page_other', { timeUnixNano: `${TIME + 99}000` }))));
    expect(await namesOf(collector)).toEqual([...Array(3).fill('page_flood'), 'page_other']);
    expect(await refused('rate')).toBe(7);
  });

  it.each<[string, object]>([
    ['event', oneEvent(record('other'))],
    ['event', oneEvent(record(''))],
    ['event', oneEvent(record(`page_${'x'.repeat(200)}`))],
    ['sender', oneEvent(record(), null)],
    ['sender', oneEvent(record(), 'x'.repeat(2000))],
    ['time', oneEvent(record('page_x', { timeUnixNano: '0' }))],
    ['time', oneEvent(record('page_x', { timeUnixNano: '-5' }))],
    ['time', oneEvent(record('page_x', { timeUnixNano: 'NaN' }))],
    [
      'labels',
      oneEvent(
        record('page_x', { attributes: [{ key: 'a', value: { stringValue: 'x'.repeat(2000) } }] }),
      ),
    ],
    [
      'labels',
      oneEvent(
        record('page_x', {
          attributes: Array.from({ length: 40 }, (_, i) => ({
            key: `a${i}`,
            value: { stringValue: '' },
          })),
        }),
      ),
    ],
  ])('are not recorded if they are not sound: %s', async (reason, body) => {
    const { collector, logs, refused } = setUp();
    const answer = await (await logs(JSON.stringify(body))).json();
    expect(answer).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    expect(await refused(reason)).toBe(1);
    expect(await collector.getEvents()).toEqual([]);
  });

  it('may be anything, and break nothing', { timeout: 200_000 }, async () => {
    const { collector, logs, relay } = setUp({ names: [/./], perSecond: 1e6 });
    const good = new TextEncoder().encode(JSON.stringify(oneEvent(record())));
    const event = JSON.stringify(['page_x', SECONDS, { a: [1] }, { b: 'c' }, { d: 1 }]);
    const compact = bodyOf({ texts: ['sender'], events: [event] });
    const binary = protobufEvent();
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.jsonValue(), async (at, value, json) => {
        const changed = (bytes: Uint8Array) => {
          const own = Uint8Array.from(bytes);
          own[at % own.length] = value;
          return own;
        };
        const cut = (bytes: Uint8Array) => Uint8Array.from(bytes.subarray(0, at % bytes.length));
        for (const alter of [changed, cut]) {
          expect((await logs(alter(good))).status).toBeOneOf([200, 400]);
          expect((await logs(alter(binary), PROTOBUF)).status).toBeOneOf([200, 400]);
          expect((await relay(postCompact(alter(compact)))).status).toBeOneOf([200, 400, 415]);
        }
        expect((await logs(JSON.stringify(oneEvent(json as object)))).status).toBeOneOf([200, 400]);
        const odd = bodyOf({ texts: ['s'], events: [JSON.stringify(json)], time: TIME + at });
        expect((await relay(postCompact(odd))).status).toBeOneOf([200, 400]);
      }),
      { numRuns: 300 },
    );
    const outcome = { outcome: 'failed' };
    expect(await sampleOf(collector, 'relay_requests_total', outcome)).toBeUndefined();
    expect(await errors(collector, 'invalid_value')).toBe(0);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('may have values in values without end', async () => {
    const { collector, logs, relay } = setUp();
    const deep = (open: string, close: string, depth: number) =>
      open.repeat(depth) + close.repeat(depth);
    const value = deep('{"arrayValue":{"values":[', ']}}', 5000);
    const text = JSON.stringify(oneEvent(record())).replace('{"stringValue":"x"}', value);
    expect((await logs(text)).status).toBe(200);
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < 3000; i++) bytes = field(5, field(1, bytes));
    const later = { timeUnixNano: BigInt(TIME + 1) * 1000n };
    expect((await logs(protobufEvent(bytes, later.timeUnixNano), PROTOBUF)).status).toBe(200);
    const event = `["page_x",${SECONDS},${deep('[', ']', 20_000)},{},{}]`;
    const own = bodyOf({ texts: ['b'], events: [event] });
    expect((await relay(postCompact(own))).status).toBe(200);
    expect((await collector.getEvents()).length).toBe(3);
  });

  it('may be no more than a few thousand in a request', async () => {
    const { relay, logs } = setUp();
    const many = Array.from({ length: 10_001 }, () => '["page_x",1,null,{},{}]');
    expect((await relay(postCompact(bodyOf({ texts: ['a'], events: many })))).status).toBe(400);
    const { resourceLogs } = oneEvent(record());
    resourceLogs[0]!.scopeLogs[0]!.logRecords = new Array(20_001).fill(record());
    expect((await logs(JSON.stringify({ resourceLogs }))).status).toBe(413);
  });

  it.each([
    [{}, /events names is needed|names must be/],
    [{ names: 'page_error' }, /names must be a list/],
    [{ names: [], perSecond: 0 }, /perSecond must be/],
    [{ names: [], other: 1 }, /other/],
  ])('need options that are sound: %j', (events, words) => {
    const make = () =>
      createRelay({ allowOrigins: [], aggregate: makeCollector(), events: events as never });
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(make).toThrow(words);
  });

  it('are not sent on', async () => {
    const forward = { url: 'http://127.0.0.1:9/', protocol: 'otlp' } as const;
    const relay = createRelay({ allowOrigins: [], forward });
    const event = bodyOf({ texts: ['a'], events: ['["page_x",1,null,{},{}]'] });
    expect((await relay(postCompact(event))).status).toBe(415);
    expect(() =>
      createRelay({ allowOrigins: [], forward, events: { names: [] } } as never),
    ).toThrow(/events has no effect with forward/);
  });
});

/** A field of protobuf that has bytes. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128);
  return Uint8Array.from([number * 8 + 2, ...length, rest, ...bytes]);
}

/** @param value the bytes of the `AnyValue` that is the body */
function protobufEvent(
  value: Uint8Array = field(1, new TextEncoder().encode('x')),
  time = BigInt(TIME) * 1000n,
) {
  const text = (content: string) => new TextEncoder().encode(content);
  const id = Uint8Array.from([
    ...field(1, text('service.instance.id')),
    ...field(2, field(1, text('sender'))),
  ]);
  return message((request) =>
    nested(request, 1, (all) => {
      nested(all, 1, (resource) => void resource.raw(field(1, id)));
      nested(all, 2, (scope) =>
        nested(scope, 2, (log) => {
          log.tag(1, 1).fixed64(time);
          log.raw(field(5, value));
          log.raw(field(12, text('page_x')));
        }),
      );
    }),
  );
}
