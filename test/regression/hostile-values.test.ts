/** Tests values of an application that are not what they seem. */
import { createContext, runInContext } from 'node:vm';
import {
  formatJSON,
  formatPrometheus,
  getCollector,
  JSONExporter,
  PeriodicExporter,
  PrometheusAdapter,
  TelemetryCollector,
} from 'utilityfog-telemetry';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { instrumentListener } from 'utilityfog-telemetry/http';
import { afterAll, describe, expect, it } from 'vitest';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';

const realm = createContext({});
const foreign = <T>(source: string) => runInContext(`(${source})`, realm) as T;
const fail = (): never => {
  throw new Error('hostile');
};
const thenable = (then: unknown) => Object.fromEntries([['then', then]]);

describe('a promise of another realm', () => {
  it('that a hook, a logger or a listener returns, and that rejects, ends nothing', async () => {
    const rejected = foreign<() => unknown>('() => Promise.reject(new Error("foreign"))');
    const collector = makeCollector({ logger: { warn: rejected as never, error: fail } });
    collector.addHook('e', rejected);
    collector.recordEvent('e');
    await new Promise(setImmediate);
    expect(await errors(collector, 'hook')).toBe(1);
  });

  it('is asked safely whether it is one', async () => {
    const collector = makeCollector();
    const hostile = [
      Object.defineProperty({}, 'then', { get: fail }),
      thenable(fail),
      new Proxy({}, { get: fail }),
    ];
    for (const thing of hostile) collector.addHook('e', () => thing);
    collector.recordEvent('e');
    expect(await errors(collector, 'hook')).toBe(3);
    expect(logOf(collector)[0]).toContain('hostile');
  });
});

describe('time() and timers', () => {
  it('return what was returned and observe once, whatever that is', async () => {
    const histogram = makeCollector().registerHistogram('h_seconds');
    const results: unknown[] = [
      Object.defineProperty({}, 'then', { get: fail }),
      new Proxy({}, { get: fail }),
      null,
      thenable('no function'),
    ];
    for (const result of results) expect(histogram.time(() => result) === result).toBe(true);
    expect(histogram.getValue().count).toBe(results.length);
  });

  it('wait for whatever has a then, and observe once', async () => {
    const histogram = makeCollector().registerHistogram('h_seconds');
    const twice = thenable((resolve: (value: number) => void) => {
      resolve(1);
      resolve(2);
    });
    expect(await histogram.time(() => twice)).toBe(1);
    await expect(histogram.time(() => thenable(fail))).rejects.toThrow('hostile');
    const of = foreign<(value: number) => Promise<number>>('(value) => Promise.resolve(value)');
    expect(await histogram.time(() => of(3))).toBe(3);
    class Own extends Promise<number> {}
    expect(histogram.time(() => Own.resolve(4))).toBeInstanceOf(Own);
    await new Promise(setImmediate);
    expect(histogram.getValue().count).toBe(4);
  });

  it('refuse labels that cannot be read, and do not throw', async () => {
    const collector = makeCollector();
    const histogram = collector.registerHistogram('h_seconds', '', { labelNames: ['a', 'b'] });
    const labels = [
      Object.defineProperty({}, 'a', { get: fail, enumerable: true }),
      new Proxy({}, { ownKeys: fail }),
    ] as { a: string }[];
    for (const hostile of labels) {
      histogram.startTimer({ b: 'x' })(hostile as never);
      histogram.startTimer(hostile)({ b: 'x' });
      histogram.startTimer(hostile)(undefined as never);
    }
    expect(await errors(collector, 'invalid_labels')).toBe(6);
  });
});

describe('null for options', () => {
  const collectors: TelemetryCollector[] = [];
  afterAll(() => Promise.all(collectors.map((collector) => collector.shutdown())));

  it('is as if they were not given', async () => {
    const collector = new TelemetryCollector(null);
    collectors.push(collector, getCollector('null', null));
    collector.registerCounter('a_total', null as never, null).increment();
    collector.registerGauge('b', undefined, null).set(1);
    collector.registerHistogram('c', undefined, null).observe(1);
    collector.registerGauge('d', '', { collect: null, labels: null, labelNames: null } as never);
    collector.recordEvent('e', 1, null);
    collector.recordEvent('e', 1, { labels: null, metadata: null } as never);
    expect(await collector.getEvents(null)).toHaveLength(2);
    expect(await formatPrometheus(collector)).toContain('a_total 1');
    expect(await formatJSON(collector, null)).toContain('"a_total"');
    expect((await collector.handler(null)(new Request('http://x/'))).status).toBe(200);
    new JSONExporter(undefined, null);
    new PeriodicExporter(new PrometheusAdapter(), collector, null);
  });

  it('of a middleware that must have some is refused by name', () => {
    const handler = () => new Response();
    for (const wrap of [
      () => instrumentFetch(handler, null as never),
      () => instrumentListener(handler as never, {} as never),
    ]) {
      expect(wrap).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    }
  });
});

describe('handler()', () => {
  it('answers whatever it is given', async () => {
    const collector = makeCollector();
    collector.registerCounter('a_total').increment();
    const open = collector.handler();
    const status = async (request: unknown) => (await open(request as Request)).status;
    const headers = new Headers();
    expect(await status({ method: 'GET', url: '/metrics', headers })).toBe(200);
    expect(await status({ method: 'GET', url: '/metrics' })).toBe(200);
    expect(await status({ method: 'GET', url: '//[', headers: { accept: 'text/plain' } })).toBe(
      200,
    );
    expect(await status({ method: 'GET', url: '/', headers: { accept: [1] } })).toBe(200);
    for (const odd of [null, undefined, 1, 'GET /', {}, { url: 1 }, new Proxy({}, { get: fail })]) {
      expect(await status(odd)).toBe(400);
    }
    expect(await status({ get method() { return fail(); } })).toBe(400); // biome-ignore format: short
  });

  it('lets nobody in whose request has no headers, or another path', async () => {
    const guarded = makeCollector().handler({ bearerToken: 'secret', path: '/metrics' });
    const status = async (request: object) => (await guarded(request as Request)).status;
    expect(await status({ method: 'GET', url: '/metrics' })).toBe(401);
    expect(await status({ method: 'GET', url: 'http://x//metrics' })).toBe(404);
    expect(await status({ method: 'GET', url: '//x/metrics' })).toBe(404);
    const headers = { authorization: 'Bearer secret' };
    expect(await status({ method: 'GET', url: 'https://x/metrics?a', headers })).toBe(200);
  });
});

describe('an event with objects of another realm', () => {
  it('keeps what is in them', async () => {
    const collector = makeCollector();
    const value =
      '{ list: [1, { at: new Date(0) }], none: Object.create(null), wrong: new Date(NaN) }';
    collector.recordEvent('foreign', foreign(value), {
      labels: foreign('{ a: 1 }'),
      metadata: foreign('{ deep: { b: 2 } }'),
    });
    const [event] = await collector.getEvents();
    expect(event).toMatchObject({ labels: { a: '1' }, metadata: { deep: { b: 2 } } });
    const at = '1970-01-01T00:00:00.000Z';
    expect(event.value).toMatchObject({ reduced: expect.any(String) });
    expect(event.value).toMatchObject({ value: { list: [1, { at: expect.any(String) }] } });
    collector.recordEvent('foreign', foreign('{ list: [1, { at: new Date(0) }] }'));
    expect((await collector.getEvents())[1].value).toEqual({ list: [1, { at }] });
  });

  it('keeps errors, sets and maps in words, as those of this realm', async () => {
    const collector = makeCollector();
    const value = '{ error: new RangeError("far"), set: new Set([1]), map: new Map([[1, 2]]) }';
    collector.recordEvent('here', { error: new RangeError('far'), set: new Set([1]), map: new Map([[1, 2]]) }); // biome-ignore format: beside the other
    collector.recordEvent('there', foreign(value));
    const [here, there] = await collector.getEvents();
    expect(there.value).toEqual(here.value);
    expect(there.value).toMatchObject({ value: { error: 'RangeError: far', set: [1] } });
  });

  it('takes no class for a plain object', async () => {
    const collector = makeCollector();
    collector.recordEvent('odd', foreign('{ it: new (class A { x = 1 })() }'));
    expect((await collector.getEvents())[0].value).toMatchObject({
      value: { it: '[object Object]' },
    });
  });
});

it('registers, records and reads with options of another realm', async () => {
  const collector = makeCollector(foreign('{ labels: { app: "a" } }'));
  const options = foreign<{ labelNames: ['x'] }>('{ labelNames: ["x"], buckets: [1, 2] }');
  collector.registerHistogram('h', '', options).observe(1, foreign<{ x: string }>('{ x: "y" }'));
  expect(await sampleOf(collector, 'h_count', { app: 'a', x: 'y' })).toBe(1);
});
