/**
 * Tests wrong arguments over the whole public surface. What starts or defines something throws a
 * TelemetryError that says what was given, and what records throws nothing.
 */
import * as telemetry from 'utilityfog-telemetry';
import * as edge from 'utilityfog-telemetry/edge';
import { instrumentFetch } from 'utilityfog-telemetry/fetch';
import { honoMetrics } from 'utilityfog-telemetry/hono';
import { expressMetrics, instrumentListener } from 'utilityfog-telemetry/http';
import { createRelay } from 'utilityfog-telemetry/relay';
import { describe, expect, it } from 'vitest';
import { logOf, makeCollector } from '../collectors.ts';

// biome-ignore lint/suspicious/noExplicitAny: what is passed is wrong on purpose, for every type there is
type Any = (...values: any[]) => unknown;

const fail = () => {
  throw new TypeError('of the application');
};
/** Everything that is done to it throws. */
const throwing = (target: object) =>
  new Proxy(target, {
    get: fail,
    has: fail,
    ownKeys: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
    apply: fail,
    construct: fail,
  });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const ODD: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 7],
  ['NaN', () => Number.NaN],
  ['a bigint', () => 7n],
  ['a text', () => 'odd'],
  ['a boolean', () => true],
  ['a symbol', () => Symbol('odd')],
  ['an array', () => ['odd']],
  ['a function', () => () => 'odd'],
  ['an object without a prototype', () => Object.create(null)],
  ['a Proxy that throws', () => throwing({})],
  ['a Proxy of an array that throws', () => throwing([])],
  ['a Proxy of a function that throws', () => throwing(fail)],
  ['a Proxy that was revoked', revoked],
];

const logger = { warn: () => {}, error: () => {} };
const collector = (options: telemetry.TelemetryCollectorOptions = {}) =>
  makeCollector({ link: 'inline', logger, ...options });
const labelled = { labelNames: ['kind'] } as const;
const exporter = () => new telemetry.JSONExporter('never/written.json');
const handler = async () => new Response('');

const relayed = () => ({ allowOrigins: [], aggregate: collector() });
const RELAY_OPTIONS = [
  ...['allowOrigins', 'token', 'rate', 'maxBytes', 'maxRequests', 'timeout', 'aggregate'],
  ...['families', 'ignore', 'seriesLimit', 'familyLimit', 'maxIncrement', 'expireAfter'],
  ...['senderLimit', 'forward', 'collector'],
];

/** These may refuse, with a TelemetryError. */
const DEFINING: Readonly<Record<string, Any>> = {
  'new TelemetryCollector(x)': (x) => new telemetry.TelemetryCollector(x),
  'TelemetryCollector.connect(x)': (x) => telemetry.TelemetryCollector.connect(x),
  'registerCounter(x)': (x) => collector().registerCounter(x),
  'registerCounter(name, x)': (x) => collector().registerCounter('a', x),
  'registerCounter(name, text, x)': (x) => collector().registerCounter('a', '', x),
  'registerCounter: labelNames': (x) => collector().registerCounter('a', '', { labelNames: x }),
  'registerCounter: labelNames: [x]': (x) =>
    collector().registerCounter('a', '', { labelNames: [x] }),
  'registerCounter: labels': (x) => collector().registerCounter('a', '', { labels: x }),
  'registerCounter: labels: {x}': (x) => collector().registerCounter('a', '', { labels: { x } }),
  'registerCounter: unit': (x) => collector().registerCounter('a', '', { unit: x }),
  'registerGauge(x)': (x) => collector().registerGauge(x),
  'registerGauge(name, text, x)': (x) => collector().registerGauge('a', '', x),
  'registerGauge: combine': (x) => collector().registerGauge('a', '', { combine: x }),
  'registerGauge: collect': (x) => collector().registerGauge('a', '', { collect: x }),
  'registerGauge: keepFor': (x) => collector().registerGauge('a', '', { keepFor: x }),
  'registerHistogram(x)': (x) => collector().registerHistogram(x),
  'registerHistogram(name, text, x)': (x) => collector().registerHistogram('a', '', x),
  'registerHistogram: buckets': (x) => collector().registerHistogram('a', '', { buckets: x }),
  'registerHistogram: buckets: [x]': (x) =>
    collector().registerHistogram('a', '', { buckets: [x] }),
  'linearBuckets(x, x, x)': (x) => telemetry.linearBuckets(x, x, x),
  'exponentialBuckets(x, x, x)': (x) => telemetry.exponentialBuckets(x, x, x),
  'addHook(x, hook)': (x) => collector().addHook(x, () => {}),
  'addHook(name, x)': (x) => collector().addHook('name', x),
  'serve(x)': async (x) => (await collector().serve(x)).close(),
  'serve: port': async (x) => (await collector().serve({ port: x })).close(),
  'serve: hosts': async (x) => (await collector().serve({ port: 0, hosts: x })).close(),
  'serve: hosts: [x]': async (x) => (await collector().serve({ port: 0, hosts: [x] })).close(),
  'handler(x)': (x) => collector().handler(x),
  'handler: path': (x) => collector().handler({ path: x }),
  'new JSONExporter(x)': (x) => new telemetry.JSONExporter(x),
  'new JSONExporter(path, x)': (x) => new telemetry.JSONExporter('never/written', x),
  'new JSONExporter: mode': (x) => new telemetry.JSONExporter('never/written', { mode: x }),
  'new PrometheusAdapter(x)': (x) => new telemetry.PrometheusAdapter(x),
  'new PrometheusAdapter(path, x)': (x) => new telemetry.PrometheusAdapter('never/written', x),
  'new MultiExporter(x)': (x) => new telemetry.MultiExporter(x),
  'new MultiExporter([x])': (x) => new telemetry.MultiExporter([x]),
  'new PeriodicExporter(x, collector)': (x) => new telemetry.PeriodicExporter(x, collector()),
  'new PeriodicExporter(exporter, x)': (x) => new telemetry.PeriodicExporter(exporter(), x),
  'new PeriodicExporter(exporter, collector, x)': (x) =>
    new telemetry.PeriodicExporter(exporter(), collector(), x),
  'formatJSON(x)': (x) => telemetry.formatJSON(x),
  'formatJSON(collector, x)': (x) => telemetry.formatJSON(collector(), x),
  'formatPrometheus(x)': (x) => telemetry.formatPrometheus(x),
  'getCollector(name, x)': (x) => telemetry.getCollector(`odd ${Math.random()}`, x),
  'getCollector(x)': (x) => telemetry.getCollector(x, { link: 'inline', logger }),
  'setupRuntimeHooks(x)': (x) => telemetry.setupRuntimeHooks(x),
  'setupRuntimeHooks(collector, x)': (x) => telemetry.setupRuntimeHooks(collector(), x),
  'setupRuntimeHooks: only': (x) => telemetry.setupRuntimeHooks(collector(), { only: x }),
  'setupRuntimeHooks: only: [x]': (x) => telemetry.setupRuntimeHooks(collector(), { only: [x] }),
  'setupRuntimeHooks: prefix': (x) => telemetry.setupRuntimeHooks(collector(), { prefix: x }),
  'setupCoordinationHooks(x)': (x) => telemetry.setupCoordinationHooks(x),
  'setupHealthHooks(x)': (x) => telemetry.setupHealthHooks(x),
  'setupMessagingHooks(x)': (x) => telemetry.setupMessagingHooks(x),
  'instrument(x)': (x) => edge.instrument(x),
  'instrument(worker, x)': (x) => edge.instrument({ fetch: handler } as never, x),
  'kvStorage(x)': (x) => edge.kvStorage(x),
  'durableObjectStorage(x)': (x) => edge.durableObjectStorage(x),
  'keyValueStorage(x)': (x) => edge.keyValueStorage(x),
  'instrumentFetch(x, options)': (x) => instrumentFetch(x, { collector: collector() }),
  'instrumentFetch(handler, x)': (x) => instrumentFetch(handler, x),
  'instrumentFetch: collector': (x) => instrumentFetch(handler, { collector: x }),
  'instrumentFetch: route': (x) => instrumentFetch(handler, { collector: collector(), route: x }),
  'honoMetrics(x)': (x) => honoMetrics(x),
  'honoMetrics: collector': (x) => honoMetrics({ collector: x }),
  'createRelay(x)': (x) => createRelay(x),
  ...Object.fromEntries(
    RELAY_OPTIONS.map((name) => [
      `createRelay: ${name}`,
      (x: never) => createRelay({ ...relayed(), [name]: x }),
    ]),
  ),
  'createRelay: allowOrigins: [x]': (x) => createRelay({ ...relayed(), allowOrigins: [x] }),
  'createRelay: families: [x]': (x) => createRelay({ ...relayed(), families: [x] }),
  ...Object.fromEntries(
    ['name', 'type', 'description', 'unit', 'labelNames', 'buckets', 'expireAfter'].map((name) => [
      `createRelay: families: ${name}`,
      (x: never) => {
        const family = { name: 'a', type: 'histogram', [name]: x } as const;
        return createRelay({ ...relayed(), families: [family] });
      },
    ]),
  ),
  ...Object.fromEntries(
    ['url', 'protocol', 'headers', 'timeout'].map((name) => [
      `createRelay: forward: ${name}`,
      (x: never) => {
        const forward = { url: 'http://localhost/', protocol: 'otlp', [name]: x } as const;
        return createRelay({ allowOrigins: [], forward });
      },
    ]),
  ),
  'createRelay: rate: key': (x) =>
    createRelay({ ...relayed(), rate: { perSecond: 1, key: x } })(new Request('http://a/')),
  'expressMetrics(x)': (x) => expressMetrics(x),
  'expressMetrics: collector': (x) => expressMetrics({ collector: x }),
  'instrumentListener(x, options)': (x) => instrumentListener(x, { collector: collector() }),
  'instrumentListener(listener, x)': (x) => instrumentListener(() => {}, x),
};

const histogram = () => collector().registerHistogram('h', '', labelled);
/** These throw nothing, whatever they are given. */
const RECORDING: Readonly<Record<string, Any>> = {
  'getMetric(x)': (x) => collector().getMetric(x),
  'unregister(x)': (x) => collector().unregister(x),
  'recordEvent(x)': (x) => collector().recordEvent(x),
  'recordEvent(name, x)': (x) => collector().recordEvent('name', x),
  'recordEvent(name, {x})': (x) => collector().recordEvent('name', { x }),
  'recordEvent(name, 1, x)': (x) => collector().recordEvent('name', 1, x),
  'recordEvent: labels': (x) => collector().recordEvent('name', 1, { labels: x }),
  'recordEvent: labels: {x}': (x) => collector().recordEvent('name', 1, { labels: { x } }),
  'recordEvent: metadata': (x) => collector().recordEvent('name', 1, { metadata: x }),
  'recordEvent, with a hook': (x) => {
    const heard = collector();
    heard.addHook('name', () => {});
    heard.recordEvent('name', x, x);
  },
  'getEvents(x)': (x) => collector().getEvents(x),
  'removeHook(x, hook)': (x) => collector().removeHook(x, () => {}),
  'removeHook(name, x)': (x) => collector().removeHook('name', x),
  'counter.increment(x)': (x) => collector().registerCounter('a').increment(x),
  'counter.increment(1, x)': (x) => collector().registerCounter('a', '', labelled).increment(1, x),
  'counter.increment(1, {x})': (x) =>
    collector().registerCounter('a', '', labelled).increment(1, { kind: x }),
  'counter.labels(x)': (x) => collector().registerCounter('a', '', labelled).labels(x).increment(),
  'counter.remove(x)': (x) => collector().registerCounter('a', '', labelled).remove(x),
  'counter.getValue(x)': (x) => (collector().registerCounter('a', '', labelled).getValue as Any)(x),
  'gauge.set(x)': (x) => collector().registerGauge('a').set(x),
  'gauge.set(1, x)': (x) => collector().registerGauge('a', '', labelled).set(1, x),
  'gauge.increment(x)': (x) => collector().registerGauge('a').increment(x),
  'gauge.decrement(x, x)': (x) => collector().registerGauge('a', '', labelled).decrement(x, x),
  'gauge.labels(x)': (x) => collector().registerGauge('a', '', labelled).labels(x).set(1),
  'histogram.observe(x)': (x) => collector().registerHistogram('h').observe(x),
  'histogram.observe(1, x)': (x) => histogram().observe(1, x),
  'histogram.labels(x)': (x) => histogram().labels(x).observe(1),
  'histogram.startTimer(x)': (x) => (histogram().startTimer as Any)(x),
  'histogram.startTimer()(x)': (x) => ((histogram().startTimer as Any)() as Any)(x),
  'histogram.time(work, x)': (x) => (histogram().time as Any)(() => 1, x),
  'exporter.exportMetrics(x)': (x) => exporter().exportMetrics(x),
  'PrometheusAdapter.exportMetrics(x)': (x) =>
    new telemetry.PrometheusAdapter('never/written').exportMetrics(x),
  'MultiExporter.exportMetrics(x)': (x) =>
    new telemetry.MultiExporter([exporter()]).exportMetrics(x),
  'createRelay()(x)': async (x) => {
    const answer = (await createRelay({ ...relayed(), token: 'a' })(x)) as Response;
    if (!(answer instanceof Response)) throw new Error(`answered ${answer}`);
  },
  'handler()(x)': async (x) => {
    const answer = (await collector().handler({ path: '/metrics', bearerToken: 'a' })(
      x,
    )) as Response;
    if (!(answer instanceof Response)) throw new Error(`answered ${answer}`);
  },
};

const thrown = async (call: Any, value: unknown): Promise<unknown> => {
  try {
    await call(value);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe.each(ODD)('%s', (_, odd) => {
  it.each(Object.entries(DEFINING))('%s throws nothing but a TelemetryError', async (_, call) => {
    const error = await thrown(call, odd());
    // Each entry of the package has a class of its own.
    if (error !== undefined) expect(error).toMatchObject({ name: 'TelemetryError' });
  });

  it.each(Object.entries(RECORDING))('%s throws nothing', async (_, call) => {
    expect(await thrown(call, odd())).toBeUndefined();
  });
});

it.each(['Counter', 'Gauge', 'Histogram'] as const)(
  'register%s warns once of an option that there is not',
  (type) => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const options = { labelName: ['kind'], unit: 'seconds' };
    for (let i = 0; i < 3; i++) collector[`register${type}`]('a', '', options as object);
    expect(logOf(collector)).toEqual([
      expect.stringContaining('a has no option "labelName"; did you mean labelNames'),
    ]);
  },
);
