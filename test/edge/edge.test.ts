/** Tests the built edge entry in Node, as far as no workerd is needed. */
import { once } from 'node:events';
import * as main from 'utilityfog-telemetry';
import {
  formatOpenMetrics,
  formatPrometheus,
  keyValueStorage,
  PrometheusAdapter,
  TelemetryCollector,
  type TelemetryCollectorOptions,
} from 'utilityfog-telemetry/edge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeCollector, sampleOf } from '../collectors.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { parseText } from '../formats/text-parser.ts';

function edgeCollector(options: TelemetryCollectorOptions = {}) {
  const log: string[] = [];
  const write = (message: string) => void log.push(message);
  const collector = new TelemetryCollector({ logger: { warn: write, error: write }, ...options });
  return { collector, log };
}

async function labelsOf(collector: TelemetryCollector, name: string) {
  const { samples } = parseText(await formatPrometheus(collector));
  return samples.filter((sample) => sample.name === name).map(({ labels }) => labels);
}

describe('the identity of a collector at the edge', () => {
  it('is another for each, and the same as long as it lives', async () => {
    const made = [edgeCollector(), edgeCollector()].map(({ collector }) => collector);
    for (const collector of made) collector.registerCounter('a_total').increment();
    const [first, second, again] = await Promise.all(
      [...made, made[0]].map((collector) => labelsOf(collector, 'a_total')),
    );
    expect(first).not.toEqual(second);
    expect(again).toEqual(first);
  });

  it('is what the application says', async () => {
    const { collector } = edgeCollector({ labels: { service_instance_id: 'mine' } });
    collector.registerCounter('a_total').increment();
    expect(await labelsOf(collector, 'a_total')).toEqual([{ service_instance_id: 'mine' }]);
  });
});

describe('exemplars at the edge', () => {
  it('are given with a recording, or by a function', async () => {
    const { collector, log } = edgeCollector({ labels: { service_instance_id: 'one' } });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    counter.increment(2, { n: 1 }, { exemplar: { id: 'given' } });
    counter.increment(2, { n: 2 }, { exemplar: { id: 'x'.repeat(200) } });
    let calls = 0;
    const exemplars = () => ({ id: `asked ${++calls}` });
    const classic = collector.registerHistogram('a_seconds', '', { buckets: [1], exemplars });
    const alone = collector.registerHistogram('b_seconds', '', { native: true, exemplars });
    for (let i = 0; i < 10; i++) classic.observe(0.5);
    alone.observe(5);
    const examples = async () => (await formatOpenMetrics(collector)).match(/^.* # \{.*(?= )/gm);
    expect(await examples()).toEqual([
      'a_total{service_instance_id="one",n="1"} 2 # {id="given"} 2',
      'a_seconds_bucket{service_instance_id="one",le="1.0"} 10 # {id="asked 1"} 0.5',
      'b_seconds_bucket{service_instance_id="one",le="+Inf"} 1 # {id="asked 2"} 5',
    ]);
    classic.observe(0.5);
    expect((await examples())![1]).toContain('asked 3');
    collector.resetAllMetrics();
    expect(await examples()).toBeNull();
    expect(log).toEqual([expect.stringContaining('the exemplar is refused')]);
  });
});

describe('events at the edge', () => {
  it('are there whatever is asked for first', async () => {
    const storage = keyValueStorage(mapPlace(false));
    const persist = { name: 'events', storage };
    const { collector } = edgeCollector({ persist });
    collector.recordEvent('e', 1);
    await collector.shutdown();
    const later = edgeCollector({ persist });
    expect(await later.collector.getEvents()).toMatchObject([{ name: 'e', value: 1 }]);
    const counted = edgeCollector();
    await counted.collector.flush();
    counted.collector.recordEvent('e', 1);
    expect((await counted.collector.getSnapshot()).events_count).toBe(1);
  });

  it('do not come back after a reset', async () => {
    const { collector } = edgeCollector();
    await collector.flush();
    for (let i = 0; i < 1000; i++) collector.recordEvent('gone', i);
    collector.resetAllMetrics();
    collector.recordEvent('e', 1);
    expect(await collector.getEvents()).toMatchObject([{ name: 'e' }]);
  });
});

describe('persist at the edge', () => {
  it('keeps totals and events in the storage that the application gives', async () => {
    const storage = keyValueStorage(mapPlace(false));
    const live = async (add: number) => {
      const { collector, log } = edgeCollector({
        labels: { service_instance_id: 'one' },
        persist: { name: 'shop', storage },
      });
      collector.registerCounter('a_total').increment(add);
      collector.recordEvent('lived', add);
      const text = await formatPrometheus(collector);
      const events = await collector.getEvents();
      expect((await collector.diagnostics()).storage).toBe('key-value');
      await collector.shutdown();
      expect(log).toEqual([]);
      const value = parseText(text).samples.find(({ name }) => name === 'a_total')!.value;
      return [value, events.map((event) => event.value)];
    };
    expect(await live(1)).toEqual([1, [1]]);
    expect(await live(10)).toEqual([11, [1, 10]]);
    expect(await live(100)).toEqual([111, [1, 10, 100]]);
  });

  it('without a storage goes on in memory, and says what to do', async () => {
    const { collector, log } = edgeCollector({ persist: { name: 'shop' } });
    collector.registerCounter('a_total').increment();
    expect(await labelsOf(collector, 'a_total')).toHaveLength(1);
    expect(log).toEqual([expect.stringContaining('persist.storage')]);
  });

  it('is where exporters write', async () => {
    const place = mapPlace(false);
    const storage = keyValueStorage(place);
    const { collector } = edgeCollector({ persist: { name: 'shop', storage } });
    expect(await new PrometheusAdapter('metrics.prom').exportMetrics(collector)).toBe(true);
    const bytes = await place.get('metrics.prom');
    expect(new TextDecoder().decode(bytes)).toContain('# TYPE telemetry_events_total counter');

    const none = edgeCollector();
    expect(await new PrometheusAdapter('metrics.prom').exportMetrics(none.collector)).toBe(false);
    expect(none.log).toEqual([expect.stringContaining('persist.storage')]);
  });

  it('elsewhere keeps the collector in the thread that has the storage', async () => {
    const storage = keyValueStorage(mapPlace(false));
    const first = makeCollector({ link: 'auto', persist: { name: 'shop', storage } });
    first.registerCounter('a_total').increment(2);
    expect(await first.diagnostics()).toMatchObject({ link: 'inline', storage: 'key-value' });
    await first.shutdown();
    const second = makeCollector({ link: 'shared', persist: { name: 'shop', storage } });
    second.registerCounter('a_total').increment(3);
    expect(await sampleOf(second, 'a_total')).toBe(5);
  });
});

describe('threads at the edge', () => {
  it('get a port that is closed', async () => {
    const { collector, log } = edgeCollector();
    const port = collector.createPort();
    await once(port, 'close');
    expect(log).toEqual([expect.stringContaining('no thread can join here')]);
    await collector.shutdown();
  });

  it('cannot be joined, and recording goes on', async () => {
    const { port1 } = new MessageChannel();
    const log: string[] = [];
    const write = (message: string) => void log.push(message);
    const joined = TelemetryCollector.connect(port1, { logger: { warn: write, error: write } });
    joined.registerCounter('a_total').increment(2);
    await joined.flush();
    expect(joined.getMetric('a_total')!.getValue()).toMatchObject({ value: 2 });
    expect(log).toEqual([expect.stringContaining('no thread can join here')]);
    await joined.shutdown();
    port1.close();
  });
});

describe('removal at the edge, where the collector is told at once', () => {
  it('forgets series and families, and uses their cells again', async () => {
    const { collector } = edgeCollector({ labels: { service_instance_id: 'one' } });
    const jobs = collector.registerCounter('jobs_total', '', { labelNames: ['kind'] });
    jobs.increment(1, { kind: 'a' });
    expect(await labelsOf(collector, 'jobs_total')).toHaveLength(1);
    jobs.remove({ kind: 'a' });
    jobs.increment(2, { kind: 'b' });
    jobs.increment(3, { kind: 'a' });
    const text = await formatPrometheus(collector);
    expect(text).toContain('kind="b"} 2\n');
    expect(text).toContain('kind="a"} 3\n');
    collector.unregister('jobs_total');
    expect(await labelsOf(collector, 'jobs_total')).toEqual([]);
    collector.registerGauge('jobs_total', '', { collect: () => 7 });
    expect(await formatPrometheus(collector)).toContain(
      'jobs_total{service_instance_id="one"} 7\n',
    );
    collector.resetAllMetrics();
    expect(await collector.getEvents()).toEqual([]);
  });
});

describe('a request that has ended, and has taken its timers and its I/O along', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const later = () => vi.setSystemTime(Date.now() + 31_000);

  it('leaves the link to the collector to a later one', async () => {
    const sound = keyValueStorage(mapPlace(false));
    let opened = 0;
    const open = (name: string) =>
      opened++ === 0 ? new Promise<never>(() => {}) : sound.open(name);
    const { collector } = edgeCollector({ persist: { name: 'shop', storage: { ...sound, open } } });
    collector.registerCounter('a_total').increment();
    void collector.flush();
    await vi.waitFor(() => expect(opened).toBe(1), 60_000);
    later();
    const text = formatPrometheus(collector);
    await vi.runAllTimersAsync();
    expect(await text).toMatch(/^a_total\{.*\} 1$/m);
  });

  it('leaves its collect callbacks to a later one', async () => {
    const { collector } = edgeCollector();
    let called = 0;
    const collect = () => (called++ === 0 ? new Promise<number>(() => {}) : called);
    collector.registerGauge('level', '', { collect });
    void formatPrometheus(collector);
    await vi.waitFor(() => expect(called).toBe(1), 60_000);
    vi.clearAllTimers();
    later();
    expect(await formatPrometheus(collector)).toMatch(/^level\{.*\} 2$/m);
  });
});

it('exports what the main entry exports', async () => {
  const edge = await import('utilityfog-telemetry/edge');
  expect(Object.keys(main).filter((name) => !(name in edge))).toEqual([]);
});
