import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  formatPrometheus,
  TelemetryCollector,
  TelemetryError,
  type TelemetryEvent,
} from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf } from './collectors.ts';
import { makeFolder } from './folder.ts';
import { parseText } from './formats/text-parser.ts';

const built = new URL('../dist/node.js', import.meta.url).href;

const OWN_METRICS = {
  telemetry_events_total: 'counter',
  telemetry_collection_runs_total: 'counter',
  telemetry_metrics_count: 'gauge',
  telemetry_collection_duration_seconds: 'histogram',
  telemetry_exports_total: 'counter',
  telemetry_errors_total: 'counter',
  telemetry_events_dropped_total: 'counter',
  telemetry_series_overflow_total: 'counter',
  telemetry_series_expired_total: 'counter',
  telemetry_main_thread_stall_seconds: 'gauge',
};

describe('a new collector', () => {
  it('has started nothing: no worker, no timer, no listener', () => {
    const listeners = process.listenerCount('beforeExit');
    const before = process.getActiveResourcesInfo().sort();
    const collector = makeCollector({ link: 'auto' });
    collector.registerCounter('a_total').increment();
    collector.registerGauge('g', '', { collect: () => 1 });
    collector.addHook('e', () => {});
    expect(collector.link).toBeUndefined();
    expect(process.getActiveResourcesInfo().sort()).toEqual(before);
    expect(process.listenerCount('beforeExit')).toBe(listeners);
  });

  it('that persists listens for the end of the process once it records, until its own end', async () => {
    const listeners = process.listenerCount('beforeExit');
    const directory = await makeFolder();
    const collector = makeCollector({ persist: { name: 'app', directory } });
    expect(process.listenerCount('beforeExit')).toBe(listeners);
    collector.registerCounter('a_total');
    expect(process.listenerCount('beforeExit')).toBe(listeners + 1);
    await collector.shutdown();
    expect(process.listenerCount('beforeExit')).toBe(listeners);
  });

  it('comes from a package whose import changes nothing around it', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      `const around = () => JSON.stringify([
         Reflect.ownKeys(globalThis).map(String),
         process.eventNames().map(String),
         process.getActiveResourcesInfo().filter((type) => /Timeout|Immediate|Port|Worker/.test(type)),
       ]);
       const before = around();
       const { TelemetryCollector } = await import(${JSON.stringify(built)});
       new TelemetryCollector();
       console.log(around() === before);`,
    ]);
    expect(stdout).toBe('true\n');
  });

  it.each([
    { collectionInterval: 0 },
    { collectionInterval: -1 },
    { collectionInterval: Number.NaN },
    { eventLimit: -1 },
    { eventLimit: 1.5 },
    { seriesLimit: 0 },
    { seriesLimit: Number.NaN },
  ])('refuses %j', (options) => {
    expect(() => new TelemetryCollector(options)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });

  it('refuses constant labels that no exposition can hold', () => {
    const refused: Record<string, string>[] = [
      { 'no-name': 'x' },
      { __reserved: 'x' },
      { a: {} as string },
    ];
    for (const labels of refused) {
      expect(() => new TelemetryCollector({ labels })).toThrow(TelemetryError);
    }
  });
});

describe('registration', () => {
  it('is remembered by name, in order', () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('c_total');
    const gauge = collector.registerGauge('g');
    const histogram = collector.registerHistogram('h');
    expect(collector.getMetric('c_total')).toBe(counter);
    expect(collector.getMetric('h')).toBe(histogram);
    expect(collector.getMetric('none')).toBeUndefined();
    expect([...collector.getAllMetrics()]).toEqual([
      ['c_total', counter],
      ['g', gauge],
      ['h', histogram],
    ]);
  });

  it('throws at a name that is taken', () => {
    const collector = makeCollector();
    collector.registerCounter('a');
    const duplicate = expect.objectContaining({ code: 'duplicate_metric' });
    expect(() => collector.registerCounter('a')).toThrow(duplicate);
    expect(() => collector.registerGauge('a')).toThrow(duplicate);
  });

  it.each(Object.keys(OWN_METRICS))('throws at %s, which is the library’s own', (name) => {
    for (const onDuplicate of ['throw', 'reuse'] as const) {
      expect(() => makeCollector({ onDuplicate }).registerCounter(name)).toThrow(
        expect.objectContaining({ code: 'duplicate_metric' }),
      );
    }
  });

  it('gives the same metric again where that is asked for and the definition is the same', async () => {
    const collector = makeCollector({ onDuplicate: 'reuse' });
    const options = { labelNames: ['a'], labels: { b: 1 }, unit: 'seconds' } as const;
    const counter = collector.registerCounter('a', 'A', options);
    counter.increment(1, { a: 'x' });
    expect(collector.registerCounter('a', 'A', { ...options })).toBe(counter);
    counter.increment(1, { a: 'x' });
    expect(await sampleOf(collector, 'a', { a: 'x', b: '1' })).toBe(2);
    const conflict = expect.objectContaining({ code: 'definition_conflict' });
    expect(() => collector.registerGauge('a', 'A', options)).toThrow(conflict);
    expect(() => collector.registerCounter('a', 'A')).toThrow(conflict);
    expect(() => collector.registerCounter('a', 'B', options)).toThrow(conflict);
  });

  it('throws at names that would write the same samples as a histogram', () => {
    const conflict = expect.objectContaining({ code: 'name_conflict' });
    const collector = makeCollector();
    collector.registerHistogram('h');
    collector.registerCounter('x_count');
    collector.registerCounter('y');
    collector.registerGauge('y_sum');
    for (const suffix of ['_bucket', '_sum', '_count']) {
      expect(() => collector.registerCounter(`h${suffix}`)).toThrow(conflict);
      const own = `telemetry_collection_duration_seconds${suffix}`;
      expect(() => collector.registerCounter(own)).toThrow(conflict);
    }
    expect(() => collector.registerHistogram('x')).toThrow(conflict);
    expect(() => collector.registerHistogram('telemetry_metrics')).toThrow(conflict);
    collector.registerHistogram('x_seconds');
  });
});

describe('hooks', () => {
  it('are called with the event, in the order in which they were added, before it returns', () => {
    const collector = makeCollector();
    const seen: [string, TelemetryEvent][] = [];
    collector.addHook('login', (event) => seen.push(['first', event]));
    collector.addHook('logout', (event) => seen.push(['other', event]));
    collector.addHook('login', (event) => seen.push(['second', event]));
    const value = { user: 1 };
    collector.recordEvent('login', value, { labels: { source: 5 }, metadata: { build: 7 } });
    expect(seen.map(([hook]) => hook)).toEqual(['first', 'second']);
    const [[, event]] = seen;
    expect(event).toMatchObject({
      name: 'login',
      labels: { source: '5' },
      metadata: { build: 7 },
    });
    expect(event.value).toBe(value);
    expect(Math.abs(event.timestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  it('end by the function that addHook returns, or by removeHook', () => {
    const collector = makeCollector();
    const [one, two] = [vi.fn(), vi.fn()];
    const remove = collector.addHook('e', one);
    collector.addHook('e', two);
    collector.recordEvent('e');
    remove();
    remove();
    collector.recordEvent('e');
    collector.removeHook('e', two);
    collector.removeHook('e', two);
    collector.removeHook('none', two);
    collector.recordEvent('e');
    expect(one).toHaveBeenCalledTimes(1);
    expect(two).toHaveBeenCalledTimes(2);
  });

  it('that fail, now or later, and with whatever, are counted and told of once a minute', async () => {
    const collector = makeCollector();
    const after = vi.fn();
    for (const thrown of [new Error('no'), Symbol('odd'), Object.create(null), undefined]) {
      collector.addHook('e', () => {
        throw thrown;
      });
      collector.addHook('e', async () => {
        throw thrown;
      });
    }
    collector.addHook('e', after);
    for (let i = 0; i < 3; i++) collector.recordEvent('e');
    expect(after).toHaveBeenCalledTimes(3);
    expect(await errors(collector, 'hook')).toBe(24);
    expect(logOf(collector)).toEqual([expect.stringMatching(/"e" hook failed: .*no/)]);
  });

  it('that record the event they are told of are not called for it again', async () => {
    const collector = makeCollector();
    const hook = vi.fn(() => collector.recordEvent('e', 'again'));
    collector.addHook('e', hook);
    collector.recordEvent('e', 'first');
    expect(hook).toHaveBeenCalledTimes(1);
    expect((await collector.getEvents()).map(({ value }) => value)).toEqual(['first', 'again']);
    collector.recordEvent('e', 'later');
    expect(hook).toHaveBeenCalledTimes(2);
  });

  it('that record each other’s events come to an end', async () => {
    const collector = makeCollector();
    const ping = vi.fn(() => collector.recordEvent('pong'));
    const pong = vi.fn(() => collector.recordEvent('ping'));
    collector.addHook('ping', ping);
    collector.addHook('pong', pong);
    collector.recordEvent('ping');
    expect([ping, pong].map((hook) => hook.mock.calls.length)).toEqual([1, 1]);
    expect((await collector.getEvents()).map(({ name }) => name)).toEqual(['ping', 'pong', 'ping']);
  });

  it('may add and remove hooks', () => {
    const collector = makeCollector();
    const late = vi.fn();
    const remove = collector.addHook('e', () => {
      remove();
      collector.addHook('e', late);
    });
    collector.recordEvent('e');
    collector.recordEvent('e');
    expect(late).toHaveBeenCalledTimes(1);
  });
});

describe('events', () => {
  it('are kept as they were when recorded', async () => {
    const collector = makeCollector();
    const value = { list: [1, 2], when: new Date(0) };
    collector.recordEvent('e', value);
    value.list.push(3);
    const before = Date.now() / 1000;
    const [event] = await collector.getEvents();
    expect(event).toMatchObject({
      name: 'e',
      value: { list: [1, 2], when: '1970-01-01T00:00:00.000Z' },
      labels: {},
      metadata: {},
    });
    expect(Math.abs(event.timestamp - before)).toBeLessThan(60);
  });

  it('come newest last, and as many as asked for', async () => {
    const collector = makeCollector({ eventLimit: 3 });
    for (let i = 0; i < 5; i++) collector.recordEvent('e', i);
    const values = async (limit?: number) =>
      (await collector.getEvents(limit)).map(({ value }) => value);
    expect(await values()).toEqual([2, 3, 4]);
    expect(await values(2)).toEqual([3, 4]);
    expect(await values(100)).toEqual([2, 3, 4]);
    for (const none of [0, -1, Number.NaN]) expect(await values(none)).toEqual([]);
  });

  it.each(LINKS)('of any amount have arrived after flush, %s link', async (link) => {
    const collector = makeCollector({ link, eventLimit: 1000 });
    await collector.flush();
    const ballast = 'x'.repeat(60_000);
    for (let i = 0; i < 150; i++) collector.recordEvent('e', { i, ballast });
    const events = await collector.getEvents();
    expect(events.map(({ value }) => (value as { i: number }).i)).toEqual(
      Array.from({ length: 150 }, (_, i) => i),
    );
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
  });

  it('beyond the limit are counted as lost while there is no collector to take them', async () => {
    const collector = makeCollector({ eventLimit: 10 });
    for (let i = 0; i < 100; i++) collector.recordEvent('e', i);
    const events = await collector.getEvents();
    expect(events.at(-1)).toMatchObject({ value: 99 });
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(100);
    const dropped = await sampleOf(collector, 'telemetry_events_dropped_total');
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThanOrEqual(90);
  });

  it('are not kept at all with a limit of 0', async () => {
    const collector = makeCollector({ eventLimit: 0 });
    const hook = vi.fn();
    collector.addHook('e', hook);
    for (let i = 0; i < 100; i++) collector.recordEvent('e', i);
    expect(await collector.getEvents()).toEqual([]);
    expect(hook).toHaveBeenCalledTimes(100);
    expect((await collector.getSnapshot()).events_count).toBe(0);
  });
});

describe('collection', () => {
  it('runs at once and then periodically, and tells the hooks', async () => {
    const collector = makeCollector({ collectionInterval: 0.02 });
    collector.registerCounter('a_total');
    const runs: unknown[] = [];
    const three = new Promise<void>((resolve) => {
      collector.addHook('collection', (run) => {
        if (runs.push(run) === 3) resolve();
      });
    });
    expect(collector.running).toBe(false);
    await collector.startCollection();
    await collector.startCollection();
    expect(collector.running).toBe(true);
    expect((await collector.getSnapshot()).running).toBe(true);
    await three;
    await collector.stopCollection();
    expect(collector.running).toBe(false);
    expect((await collector.getSnapshot()).running).toBe(false);
    expect(runs[0]).toEqual({
      duration: expect.any(Number),
      collector_seconds: expect.any(Number),
      thread_seconds: expect.any(Number),
      metrics_count: 1,
      events_count: 0,
    });
    const counted = await sampleOf(collector, 'telemetry_collection_runs_total');
    expect(counted).toBeGreaterThanOrEqual(3);
    expect(await sampleOf(collector, 'telemetry_collection_duration_seconds_count')).toBe(counted);
    expect(await sampleOf(collector, 'telemetry_metrics_count')).toBe(1);
  });

  it('may be stopped before it began, and started again', async () => {
    const collector = makeCollector({ link: 'shared' });
    await collector.stopCollection();
    expect(collector.link).toBeUndefined();
    const starting = collector.startCollection();
    const stopping = collector.stopCollection();
    await Promise.all([starting, stopping]);
    expect((await collector.getSnapshot()).running).toBe(false);
    await collector.startCollection();
    expect((await collector.getSnapshot()).running).toBe(true);
  });
});

describe("the collector's own metrics", () => {
  it.each(LINKS)('are all exposed, and stand last, %s link', async (link) => {
    const collector = makeCollector({ link });
    collector.registerCounter('a_total');
    await collector.flush();
    collector.registerCounter('b_total');
    const { types } = parseText(await formatPrometheus(collector));
    const names = [...types.keys()];
    expect(names.slice(0, 2)).toEqual(['a_total', 'b_total']);
    expect(Object.fromEntries([...types].slice(2))).toEqual(OWN_METRICS);
  });
});

describe('the log', () => {
  it('has a line per metric and minute, however often recording fails', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const collector = makeCollector();
      const counters = ['a_total', 'b_total'].map((name) => collector.registerCounter(name));
      const failOften = () => {
        for (let i = 0; i < 50; i++) for (const counter of counters) counter.increment(-1);
      };
      failOften();
      expect(logOf(collector)).toHaveLength(2);
      vi.setSystemTime(Date.now() + 59_000);
      failOften();
      expect(logOf(collector)).toHaveLength(2);
      vi.setSystemTime(Date.now() + 2000);
      failOften();
      expect(logOf(collector)).toHaveLength(4);
      expect(logOf(collector)[0]).toMatch(/^utilityfog-telemetry: a_total: increment\(-1\): /);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is the console unless given, with warnings and errors only', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    new TelemetryCollector().registerCounter('a_total').increment(-1);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('may fail itself without harm', async () => {
    const fail = () => {
      throw new Error('disk full');
    };
    const collector = makeCollector({
      link: 'shared',
      logger: { warn: fail, error: fail },
      worker: fail,
    });
    const counter = collector.registerCounter('a_total');
    counter.increment(-1);
    counter.increment(2);
    expect(await sampleOf(collector, 'a_total')).toBe(2);
  });
});

describe('a strict collector', () => {
  it('throws RangeError where others refuse, and counts as well', async () => {
    const collector = makeCollector({ strict: true });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['a'] });
    const gauge = collector.registerGauge('g');
    const histogram = collector.registerHistogram('h');
    expect(() => counter.increment(-1, { a: 1 })).toThrow(RangeError);
    // @ts-expect-error: the labels are missing
    expect(() => counter.increment(1)).toThrow(RangeError);
    expect(() => gauge.set('5' as never)).toThrow(RangeError);
    expect(() => histogram.observe(Number.NaN)).toThrow(RangeError);
    expect(await errors(collector, 'invalid_value')).toBe(3);
    expect(await errors(collector, 'invalid_labels')).toBe(1);
  });
});

describe('shutdown', () => {
  it('is done once, by whichever name', async () => {
    const collector = makeCollector({ link: 'shared' });
    await collector.flush();
    const first = collector.shutdown();
    expect(collector.shutdown()).toBe(first);
    await collector[Symbol.asyncDispose]();
    await first;
  });

  it('ends a collector that was never started, or is just starting', async () => {
    await makeCollector({ link: 'shared' }).shutdown();
    const collector = makeCollector({ link: 'shared' });
    const starting = collector.startCollection();
    await Promise.all([starting, collector.shutdown()]);
    expect(collector.running).toBe(false);
    expect(collector.link).toBeUndefined();
    expect(logOf(collector)).toEqual([]);
  });

  it('refuses to serve afterwards', async () => {
    const collector = makeCollector();
    await collector.shutdown();
    await expect(collector.serve({ port: 0 })).rejects.toThrow(TelemetryError);
    expect(await formatPrometheus(collector)).toBe('');
  });
});

describe('diagnostics', () => {
  it.each(LINKS)('say which link and storage are in use, %s link', async (link) => {
    const collector = makeCollector({ link });
    collector.registerCounter('a_total');
    expect(await collector.diagnostics()).toMatchObject({
      runtime: 'node',
      link,
      reason: 'the application asked for it',
      failed: [],
      storage: 'none',
      threads: 1,
    });
  });

  it('say why it is that link', async () => {
    const auto = makeCollector({ link: 'auto' });
    const { link, reason } = await auto.diagnostics();
    expect([link, reason]).toEqual(['shared', "the collector can read this thread's memory"]);
  });
});
