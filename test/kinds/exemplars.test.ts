/** Tests which exemplars of counters and histograms are exposed, and which recordings ask for them. */
import {
  formatJSON,
  formatOpenMetrics,
  type JsonExemplar,
  type RecordingOptions,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector } from '../collectors.ts';
import { type OpenMetricsSample, parseOpenMetrics } from '../formats/openmetrics-parser.ts';

/** Untyped code may pass anything. */
const anything = (value: unknown) => value as never;

/** Returns the samples that have an exemplar, as `name{labels}`, each with the labels and the value of it. */
async function examplesIn(collector: TelemetryCollector): Promise<Record<string, unknown>> {
  const families = parseOpenMetrics(await formatOpenMetrics(collector));
  const samples = families.flatMap((family) => family.samples).filter(({ exemplar }) => exemplar);
  return Object.fromEntries(samples.map((sample) => [nameOf(sample), shown(sample.exemplar!)]));
}
const nameOf = ({ name, labels }: OpenMetricsSample) =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join()}}`;
const shown = ({ labels, value }: NonNullable<OpenMetricsSample['exemplar']>) => [labels, value];

const of = (id: string): RecordingOptions => ({ exemplar: { id } });
const labelNames = ['method'] as const;
const native = { schema: 3 };

describe.each(LINKS)('exemplars over the %s link', (link) => {
  it('are those of the latest recordings, one for each bucket', async () => {
    const collector = makeCollector({ link });
    const before = Date.now() / 1000;
    const plain = collector.registerCounter('plain_total');
    plain.increment(1, undefined, of('a'));
    plain.increment(2, {}, of('b'));
    plain.increment();
    const requests = collector.registerCounter('requests_total', '', { labelNames });
    requests.increment(3, { method: 'GET' }, { exemplar: { trace_id: 'c', n: 1, ok: true } });
    requests.labels({ method: 'PUT' }).increment(4, of('d'));
    requests.increment(5, { method: 'POST' });
    const classic = collector.registerHistogram('classic_seconds', '', { buckets: [1, 2] });
    classic.observe(0.5, undefined, of('e'));
    classic.observe(1, {}, of('f'));
    classic.observe(9, {}, of('g'));
    const both = collector.registerHistogram('both_seconds', '', {
      ...{ labelNames, native, buckets: [1, 2] },
    });
    both.observe(1.5, { method: 'GET' }, of('h'));
    both.labels({ method: 'GET' }).observe(-3, of('i'));
    const alone = collector.registerHistogram('alone_seconds', '', { native });
    alone.observe(7, undefined, of('j'));
    alone.observe(0.1, undefined, of('k'));
    expect(await examplesIn(collector)).toEqual({
      'plain_total{}': [{ id: 'b' }, 2],
      'requests_total{method=GET}': [{ trace_id: 'c', n: '1', ok: 'true' }, 3],
      'requests_total{method=PUT}': [{ id: 'd' }, 4],
      'classic_seconds_bucket{le=1.0}': [{ id: 'f' }, 1],
      'classic_seconds_bucket{le=+Inf}': [{ id: 'g' }, 9],
      'both_seconds_bucket{method=GET,le=1.0}': [{ id: 'i' }, -3],
      'both_seconds_bucket{method=GET,le=2.0}': [{ id: 'h' }, 1.5],
      'alone_seconds_bucket{le=+Inf}': [{ id: 'k' }, 0.1],
    });
    const { metrics } = await collector.getSnapshot();
    const { exemplars } = metrics.plain_total as { exemplars: readonly JsonExemplar[] };
    expect(exemplars).toMatchObject([{ labels: { id: 'b' }, value: 2 }]);
    expect(exemplars[0].timestamp).toBeGreaterThanOrEqual(before - 0.001);
    expect(exemplars[0].timestamp).toBeLessThanOrEqual(Date.now() / 1000);
    expect(JSON.parse(await formatJSON(collector)).metrics.plain_total.exemplars).toEqual(
      exemplars,
    );
    // Only the exemplar changes.
    plain.increment(0, undefined, of('z'));
    expect(await examplesIn(collector)).toMatchObject({ 'plain_total{}': [{ id: 'z' }, 0] });
  });

  it('come from the function of a metric, for observations of any kind', async () => {
    const collector = makeCollector({ link });
    let trace: { trace_id: string } | undefined = { trace_id: 'first' };
    const exemplars = () => trace;
    const requests = collector.registerCounter('requests_total', '', { labelNames, exemplars });
    requests.increment(1, { method: 'GET' });
    requests.labels({ method: 'PUT' }).increment(2);
    requests.increment(3, { method: 'POST' }, of('given'));
    const classic = collector.registerHistogram('classic_seconds', '', {
      buckets: [1e9],
      exemplars,
    });
    classic.time(() => {});
    const both = collector.registerHistogram('both_seconds', '', {
      ...{ native, buckets: [1], exemplars },
    });
    both.observe(0.5);
    both.labels({}).observe(5);
    const alone = collector.registerHistogram('alone_seconds', '', { native, exemplars });
    alone.observe(1e-9);
    expect(await examplesIn(collector)).toEqual({
      'requests_total{method=GET}': [{ trace_id: 'first' }, 1],
      'requests_total{method=PUT}': [{ trace_id: 'first' }, 2],
      'requests_total{method=POST}': [{ id: 'given' }, 3],
      'classic_seconds_bucket{le=1e+09}': [{ trace_id: 'first' }, expect.any(Number)],
      'both_seconds_bucket{le=1.0}': [{ trace_id: 'first' }, 0.5],
      'both_seconds_bucket{le=+Inf}': [{ trace_id: 'first' }, 5],
      'alone_seconds_bucket{le=+Inf}': [{ trace_id: 'first' }, 1e-9],
    });
    trace = undefined;
    requests.increment(7, { method: 'GET' });
    trace = { trace_id: 'second' };
    requests.increment(8, { method: 'GET' });
    expect(await examplesIn(collector)).toMatchObject({
      'requests_total{method=GET}': [{ trace_id: 'second' }, 8],
    });
    expect(logOf(collector)).toEqual([]);
  });

  it('of a thread that has joined are there, and the later one wins', async () => {
    const owner = makeCollector({ link });
    const register = (collector: TelemetryCollector) =>
      collector.registerCounter('a_total', '', { labelNames });
    const thread = joinThread(owner);
    const [inOwner, inThread] = [owner, thread].map(register);
    inOwner.increment(1, { method: 'GET' }, of('owner'));
    inThread.increment(1, { method: 'PUT' }, of('thread'));
    await thread.flush();
    expect(await examplesIn(owner)).toEqual({
      'a_total{method=GET}': [{ id: 'owner' }, 1],
      'a_total{method=PUT}': [{ id: 'thread' }, 1],
    });
    vi.setSystemTime(Date.now() + 1000);
    // A clock that is ahead is set to ours.
    inThread.increment(2, { method: 'GET' }, of('later'));
    vi.useRealTimers();
    await thread.flush();
    expect(await examplesIn(owner)).toMatchObject({ 'a_total{method=GET}': [{ id: 'later' }, 2] });
    inOwner.increment(3, { method: 'GET' }, of('newest'));
    expect(await examplesIn(owner)).toMatchObject({ 'a_total{method=GET}': [{ id: 'newest' }, 3] });
  });

  it('go with what they belong to', async () => {
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total', '', { labelNames });
    const [get, put] = [{ method: 'GET' }, { method: 'PUT' }];
    const record = () => {
      counter.increment(1, get, of('a'));
      counter.increment(1, put, of('b'));
    };
    record();
    expect(Object.keys(await examplesIn(collector))).toHaveLength(2);
    counter.remove(get);
    counter.increment(1, get);
    expect(Object.keys(await examplesIn(collector))).toEqual(['a_total{method=PUT}']);
    for (const erase of [
      () => counter.reset(),
      () => counter.clear(),
      () => collector.resetAllMetrics(),
    ]) {
      record();
      expect(Object.keys(await examplesIn(collector))).toHaveLength(2);
      record();
      erase();
      counter.increment(1, get);
      expect(await examplesIn(collector)).toEqual({});
    }
    record();
    collector.unregister('a_total');
    collector.registerCounter('a_total', '', { labelNames }).increment(1, get);
    expect(await examplesIn(collector)).toEqual({});
  });
});

describe('which recordings are asked for exemplars', () => {
  it('is one of each bucket, until the next batch', async () => {
    const collector = makeCollector();
    const exemplars = vi.fn(() => ({ id: 'x' }));
    const classic = collector.registerHistogram('a_seconds', '', { buckets: [1, 2], exemplars });
    for (let i = 0; i < 1000; i++) classic.observe(i / 100);
    expect(exemplars).toHaveBeenCalledTimes(3);
    expect(await examplesIn(collector)).toMatchObject({
      'a_seconds_bucket{le=1.0}': [{ id: 'x' }, 0],
      'a_seconds_bucket{le=2.0}': [{ id: 'x' }, 1.01],
      'a_seconds_bucket{le=+Inf}': [{ id: 'x' }, 2.01],
    });
    for (let i = 0; i < 1000; i++) classic.observe(i / 100);
    expect(exemplars).toHaveBeenCalledTimes(6);
  });

  it('are a few more if the function has nothing to give', async () => {
    const collector = makeCollector();
    let calls = 0;
    const exemplars = () => (++calls === 5 ? { id: 'x' } : undefined);
    const counter = collector.registerCounter('a_total', '', { exemplars });
    for (let i = 0; i < 1000; i++) counter.increment();
    expect(calls).toBe(5);
    await collector.flush();
    for (let i = 0; i < 1000; i++) counter.increment();
    expect(calls).toBe(5 + 16);
  });

  it('are no more than a thousand, whatever the number of series', async () => {
    const collector = makeCollector();
    const exemplars = vi.fn(() => ({ id: 'x' }));
    const counter = collector.registerCounter('a_total', '', { labelNames, exemplars });
    for (let i = 0; i < 3000; i++) counter.increment(1, { method: `${i % 1500}` });
    expect(exemplars).toHaveBeenCalledTimes(1000);
    expect(Object.keys(await examplesIn(collector))).toHaveLength(1000);
  });

  it('are those of the function that was registered last', async () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const register = (id: string) =>
      collector.registerCounter('a_total', '', { exemplars: () => ({ id }) });
    register('old');
    register('new').increment();
    expect(await examplesIn(collector)).toMatchObject({ 'a_total{}': [{ id: 'new' }, 1] });
  });

  it('may record to the same series in the function', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', {
      exemplars() {
        counter.increment();
        return { id: 'x' };
      },
    });
    counter.increment();
    expect(counter.getValue().value).toBe(2);
    expect(await examplesIn(collector)).toEqual({ 'a_total{}': [{ id: 'x' }, 1] });
  });
});

describe('exemplars of many series', () => {
  it('are those of the latest thousand recordings that nobody has sent', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames });
    for (let i = 0; i < 1500; i++) counter.increment(1, { method: `${i}` }, of(`${i}`));
    const examples = await examplesIn(collector);
    expect(Object.keys(examples)).toHaveLength(1000);
    expect(examples['a_total{method=500}']).toEqual([{ id: '500' }, 1]);
  });

  it('belong to the right series, also those that are no objects and those beyond the limit', async () => {
    const collector = makeCollector({ seriesLimit: 3 });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['a', 'b'] });
    for (const a of ['1', '2', '3', '4']) counter.increment(1, { a, b: a }, of(a));
    expect(await examplesIn(collector)).toEqual({
      'a_total{a=1,b=1}': [{ id: '1' }, 1],
      'a_total{a=2,b=2}': [{ id: '2' }, 1],
      'a_total{a=3,b=3}': [{ id: '3' }, 1],
      'a_total{otel_metric_overflow=true}': [{ id: '4' }, 1],
    });
  });

  it('belong to the right series also where that is used again, and is no object', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 1100; i++) counter.increment(1, { method: `${i}` });
    }
    counter.increment(1, { method: '1099' }, of('x'));
    expect(await examplesIn(collector)).toEqual({ 'a_total{method=1099}': [{ id: 'x' }, 1] });
  });

  it('of a thread that is asked for its memory come with that', async () => {
    const owner = makeCollector({ link: 'message' });
    const thread = joinThread(owner, { link: 'message' });
    const counter = thread.registerCounter('a_total');
    await thread.flush();
    counter.increment(1, undefined, of('x'));
    expect(await examplesIn(owner)).toEqual({ 'a_total{}': [{ id: 'x' }, 1] });
  });
});

describe('an exemplar that is not sound', () => {
  const proxy = new Proxy({}, { ownKeys: () => anything('no list') });
  const throwing = {
    get id(): string {
      throw new Error('of the application');
    },
  };
  const UNSOUND: readonly (readonly [string, unknown])[] = [
    ['129 characters', { id: 'x'.repeat(127) }],
    ['many characters', { id: 'x'.repeat(1 << 20) }],
    ['a name that is none', { '1st': 'x' }],
    ['a name with two underscores', { __a: 'x' }],
    ['a value that is no text', { id: {} }],
    ['a value that is missing', { id: undefined }],
    ['a getter that throws', throwing],
    ['a proxy that throws', proxy],
    ['a text', 'abc'],
    ['a number', 5],
    ['a list', ['abc']],
    ['no labels', {}],
    ['a symbol', Symbol('a')],
    ['a promise', Promise.resolve({ id: 'x' })],
  ];

  it.each(UNSOUND)('is refused for %s, and the recording counts', async (_, exemplar) => {
    const collector = makeCollector();
    const given = { exemplar: anything(exemplar) };
    const counter = collector.registerCounter('a_total');
    const classic = collector.registerHistogram('a_seconds', '', { buckets: [1], labelNames });
    const alone = collector.registerHistogram('alone_seconds', '', { native });
    counter.increment(2, undefined, given);
    classic.observe(0.5, { method: 'GET' }, given);
    alone.labels({}).observe(0.5, given);
    expect(counter.getValue().value).toBe(2);
    expect(classic.getValue({ method: 'GET' }).count).toBe(1);
    expect(alone.getValue().count).toBe(1);
    expect(await examplesIn(collector)).toEqual({});
    expect(await errors(collector, 'invalid_exemplar')).toBe(3);
    expect(logOf(collector)).toHaveLength(3);
    expect(logOf(collector)[0]).toContain('a_total: the exemplar is refused');
  });

  it.each(UNSOUND)('is refused for %s that a function gives', async (_, exemplar) => {
    const collector = makeCollector({ strict: true });
    const counter = collector.registerCounter('a_total', '', {
      exemplars: () => anything(exemplar),
    });
    for (let i = 0; i < 100; i++) counter.increment();
    expect(counter.getValue().value).toBe(100);
    expect(await examplesIn(collector)).toEqual({});
    expect(await errors(collector, 'invalid_exemplar')).toBe(1);
    expect(logOf(collector)).toHaveLength(1);
  });

  it('is refused if the function throws, or returns a promise that is rejected', async () => {
    const collector = makeCollector();
    const thrown = collector.registerCounter('thrown_total', '', {
      exemplars() {
        throw new Error('of the application');
      },
    });
    const rejected = collector.registerCounter('rejected_total', '', {
      exemplars: anything(async () => {
        throw new Error('of the application');
      }),
    });
    thrown.increment();
    rejected.increment();
    expect([thrown, rejected].map((one) => one.getValue().value)).toEqual([1, 1]);
    expect(await errors(collector, 'invalid_exemplar')).toBe(2);
    expect(logOf(collector)[0]).toContain('of the application');
  });

  it('throws after it has counted if the collector is strict', () => {
    const collector = makeCollector({ strict: true });
    const counter = collector.registerCounter('a_total');
    expect(() => counter.increment(1, undefined, { exemplar: throwing })).toThrow(RangeError);
    expect(counter.getValue().value).toBe(1);
  });

  it('is made sound if it has lone surrogates, and may have 128 characters of any kind', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { labelNames });
    const longest = '\u{1f600}'.repeat(126);
    counter.increment(1, { method: 'GET' }, of('a\ud800b'));
    counter.increment(1, { method: 'PUT' }, of(longest));
    expect(await examplesIn(collector)).toEqual({
      'a_total{method=GET}': [{ id: 'a\ufffdb' }, 1],
      'a_total{method=PUT}': [{ id: longest }, 1],
    });
    expect(logOf(collector)).toEqual([]);
  });

  it('is taken for none if it is undefined or null, and so are options that are none', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total');
    for (const options of [{}, null, 5, 'x', { exemplar: undefined }, { exemplar: null }]) {
      counter.increment(1, undefined, anything(options));
    }
    expect(counter.getValue().value).toBe(6);
    expect(await examplesIn(collector)).toEqual({});
    expect(logOf(collector)).toEqual([]);
  });

  it('is no reason to count what is refused', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', { exemplars: () => ({ id: 'x' }) });
    const alone = collector.registerHistogram('alone_seconds', '', {
      native: { schema: 8, maxBuckets: 1, resolutionReduction: false },
    });
    alone.observe(1, {}, of('a'));
    alone.observe(100, {}, of('b'));
    counter.increment(-1);
    counter.increment(Number.NaN, undefined, of('a'));
    counter.increment(1, anything({ exemplar: { id: 'x' } }));
    counter.increment(anything({ exemplar: { id: 'x' } }));
    expect(await examplesIn(collector)).toEqual({
      'alone_seconds_bucket{le=+Inf}': [{ id: 'a' }, 1],
    });
  });

  it('is not taken by summaries and gauges', async () => {
    const collector = makeCollector();
    const summary = collector.registerSummary('taken_seconds');
    const gauge = collector.registerGauge('g');
    const observe = (one: object) =>
      (one as { observe(...args: unknown[]): void }).observe.bind(one);
    observe(summary.labels({}))(1, of('a'));
    observe(summary)(1, undefined, of('a'));
    (gauge as { set(...args: unknown[]): void }).set(1, undefined, of('a'));
    const { metrics } = await collector.getSnapshot();
    expect(JSON.stringify(metrics)).not.toContain('exemplars');
    expect(() =>
      collector.registerCounter('a_total', '', { exemplars: anything('trace') }),
    ).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});
