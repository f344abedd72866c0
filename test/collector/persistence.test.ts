import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatOpenMetrics, formatPrometheus, type TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import {
  errors,
  joinThread,
  LINKS,
  logOf,
  makeCollector,
  sampleOf,
  samplesOf,
} from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const persistent = (directory: string, options: object = {}) =>
  makeCollector({ persist: { name: 'app', directory }, ...options });

const records = async (directory: string) =>
  (await readdir(directory)).filter((file) => file.endsWith('.telemetry'));

function register(collector: TelemetryCollector) {
  return {
    counter: collector.registerCounter('a_total', 'A', { labelNames: ['n'] }),
    gauge: collector.registerGauge('g'),
    histogram: collector.registerHistogram('h', '', { buckets: [0.5, 2] }),
  };
}

describe.each(LINKS)('what is kept over a restart, %s link', (link) => {
  it('are exemplars', async () => {
    const directory = await makeFolder();
    const lines = async (collector: TelemetryCollector) =>
      (await formatOpenMetrics(collector)).match(/^.* # \{.*$/gm) ?? [];
    const definition = { native: true, buckets: [1], labelNames: ['n'] } as const;
    const live = async (run: (all: ReturnType<typeof registerBoth>) => void) => {
      const collector = persistent(directory, { link });
      run(registerBoth(collector));
      const found = await lines(collector);
      await collector.shutdown();
      return found;
    };
    const registerBoth = (collector: TelemetryCollector) => ({
      ...register(collector),
      both: collector.registerHistogram('both', '', definition),
    });
    const odd = { exemplar: { id: 'a"b\\c\u{1f600}' } };
    const first = await live(({ counter, histogram, both }) => {
      counter.increment(3, { n: 'x' }, odd);
      counter.increment(4, { n: 'y' });
      histogram.observe(0.5, {}, odd);
      histogram.observe(Infinity, {}, odd);
      both.observe(-Infinity, { n: '1' }, odd);
    });
    expect(first).toHaveLength(4);
    // An owner that registers nothing keeps what earlier ones have left.
    await persistent(directory, { link }).shutdown();
    expect(await live(() => {})).toEqual(first);
    const later = await live(({ counter }) => {
      counter.increment(1, { n: 'x' }, { exemplar: { id: 'new' } });
    });
    expect(later).toEqual([
      expect.stringContaining('a_total{n="x"} 4 # {id="new"} 1 '),
      ...first.slice(1),
    ]);
    await live(({ counter }) => counter.reset());
    expect(await live(() => {})).toEqual(first.slice(1));
  });

  it('are counters, histograms and events; gauges begin anew', async () => {
    const directory = await makeFolder();
    const odd = { n: 'a"b\\c\n\u{1f600}' };
    const first = persistent(directory, { link });
    const before = register(first);
    before.counter.increment(3, { n: 'x' });
    before.counter.increment(0.1, odd);
    before.gauge.set(5);
    before.histogram.observe(0.4);
    before.histogram.observe(9);
    first.recordEvent('e', { i: 1 }, { labels: { l: 'x' }, metadata: { m: [1] } });
    const [event] = await first.getEvents();
    await first.shutdown();

    const second = persistent(directory, { link });
    const after = register(second);
    after.counter.increment(2, { n: 'x' });
    after.histogram.observe(1);
    second.recordEvent('e', { i: 2 });
    expect(await sampleOf(second, 'a_total', { n: 'x' })).toBe(5);
    expect(await sampleOf(second, 'a_total', odd)).toBe(0.1);
    expect(await sampleOf(second, 'g')).toBe(0);
    expect(await sampleOf(second, 'h_bucket', { le: '0.5' })).toBe(1);
    expect(await sampleOf(second, 'h_bucket', { le: '2' })).toBe(2);
    expect(await sampleOf(second, 'h_count')).toBe(3);
    expect(await sampleOf(second, 'h_sum')).toBe(10.4);
    const events = await second.getEvents();
    expect(events[0]).toEqual(event);
    expect(events.map(({ value }) => value)).toEqual([{ i: 1 }, { i: 2 }]);
    expect(await sampleOf(second, 'telemetry_events_total')).toBe(2);
    expect((await second.diagnostics()).storage).toBe('filesystem');
    expect(logOf(second)).toEqual([]);
    // The handle tells only what this process has counted.
    expect(after.counter.getValue({ n: 'x' }).value).toBe(2);
  });
});

describe('persistence', () => {
  it('writes nothing unless it is asked for', async () => {
    const directory = await makeFolder();
    const cwd = process.cwd();
    process.chdir(directory);
    try {
      const collector = makeCollector();
      register(collector).counter.increment(1, { n: 'x' });
      await collector.startCollection();
      await collector.shutdown();
    } finally {
      process.chdir(cwd);
    }
    expect(await readdir(directory)).toEqual([]);
  });

  it('shows a family again only once it is registered, and keeps it till then', async () => {
    const directory = await makeFolder();
    const first = persistent(directory);
    register(first).counter.increment(3, { n: 'x' });
    await first.shutdown();
    const second = persistent(directory);
    expect(await formatPrometheus(second)).not.toContain('a_total');
    await second.shutdown();
    const third = persistent(directory);
    register(third);
    expect(await sampleOf(third, 'a_total', { n: 'x' })).toBe(3);
    third.registerCounter('late_total');
    await third.flush();
    expect(await sampleOf(third, 'late_total')).toBe(0);
  });

  it('adds up what several collectors left, each of them once', async () => {
    const directory = await makeFolder();
    const [one, two] = [persistent(directory), persistent(directory)];
    for (const collector of [one, two]) {
      register(collector).counter.increment(3, { n: 'x' });
      await collector.flush();
    }
    expect(await sampleOf(one, 'a_total', { n: 'x' })).toBe(3);
    expect(await records(directory)).toHaveLength(2);
    await Promise.all([one.shutdown(), two.shutdown()]);
    for (let round = 0; round < 3; round++) {
      const next = persistent(directory);
      register(next);
      expect(await sampleOf(next, 'a_total', { n: 'x' })).toBe(6);
      await next.shutdown();
      expect(await records(directory)).toHaveLength(1);
    }
  });

  it('keeps applications of different names apart', async () => {
    const directory = await makeFolder();
    for (const name of ['a', 'A', 'a.b', '../a', '']) {
      const collector = makeCollector({ persist: { name, directory } });
      register(collector).counter.increment(1, { n: 'x' });
      expect(await sampleOf(collector, 'a_total', { n: 'x' })).toBe(1);
      await collector.shutdown();
    }
    expect(await records(directory)).toHaveLength(5);
  });

  it('keeps the overflow series, and the limit', async () => {
    const directory = await makeFolder();
    const overflow = { otel_metric_overflow: 'true' };
    const first = persistent(directory, { seriesLimit: 2 });
    const { counter } = register(first);
    for (let n = 0; n < 5; n++) counter.increment(1, { n });
    await first.shutdown();
    const second = persistent(directory, { seriesLimit: 2 });
    register(second).counter.increment(10, { n: 0 });
    expect(await sampleOf(second, 'a_total', { n: '0' })).toBe(11);
    expect(await sampleOf(second, 'a_total', overflow)).toBe(3);
    expect(await samplesOf(second, 'a_total')).toHaveLength(3);
    await second.shutdown();
    const third = persistent(directory, { seriesLimit: 1 });
    register(third).counter.increment(0, { n: 0 });
    const total = (await samplesOf(third, 'a_total')).reduce((sum, { value }) => sum + value, 0);
    expect(total).toBe(15);
    expect(await samplesOf(third, 'a_total')).toHaveLength(2);
  });

  it.each([
    ['buckets', (c: TelemetryCollector) => c.registerHistogram('h', '', { buckets: [1, 2] })],
    ['type', (c: TelemetryCollector) => c.registerCounter('h')],
    [
      'label names',
      (c: TelemetryCollector) =>
        c.registerHistogram('h', '', { buckets: [0.5, 2], labelNames: ['n'] }),
    ],
  ])('begins a family anew whose %s have changed', async (_, registerChanged) => {
    const directory = await makeFolder();
    const first = persistent(directory);
    register(first).histogram.observe(1);
    await first.shutdown();
    const second = persistent(directory);
    registerChanged(second);
    const samples = [...(await samplesOf(second, 'h')), ...(await samplesOf(second, 'h_count'))];
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(0);
    await second.shutdown();
    const third = persistent(directory);
    register(third);
    expect(await sampleOf(third, 'h_count')).toBe(0);
  });

  it('keeps what threads left behind, and drops what was removed or reset', async () => {
    const directory = await makeFolder();
    const first = persistent(directory, { link: 'shared' });
    const thread = joinThread(first);
    for (const collector of [first, thread]) {
      const { counter } = register(collector);
      for (const n of ['kept', 'removed', 'reset']) counter.increment(1, { n });
    }
    await thread.shutdown();
    const second = persistent(directory);
    await first.shutdown();
    await second.shutdown();
    const third = persistent(directory);
    const { counter } = register(third);
    expect(await sampleOf(third, 'a_total', { n: 'kept' })).toBe(2);
    counter.remove({ n: 'removed' });
    expect(await sampleOf(third, 'a_total', { n: 'removed' })).toBeUndefined();
    await third.shutdown();
    const fourth = persistent(directory);
    register(fourth);
    expect(await sampleOf(fourth, 'a_total', { n: 'removed' })).toBeUndefined();
    fourth.resetAllMetrics();
    expect(await sampleOf(fourth, 'a_total', { n: 'kept' })).toBeUndefined();
    await fourth.shutdown();
    const fifth = persistent(directory);
    register(fifth);
    expect(await sampleOf(fifth, 'a_total', { n: 'kept' })).toBeUndefined();
  });

  it('saves at each collection run and at flush, not only at the end', async () => {
    const directory = await makeFolder();
    const first = persistent(directory);
    register(first).counter.increment(3, { n: 'x' });
    await first.flush();
    // A crash would leave this: the record of an owner that has no lock.
    const [record] = await records(directory);
    const elsewhere = await makeFolder();
    await copyFile(join(directory, record), join(elsewhere, record));
    const second = persistent(elsewhere);
    register(second);
    expect(await sampleOf(second, 'a_total', { n: 'x' })).toBe(3);
  });

  it('sets a damaged record aside, tells of it, and goes on', async () => {
    const directory = await makeFolder();
    const first = persistent(directory);
    register(first).counter.increment(3, { n: 'x' });
    await first.shutdown();
    const [record] = await records(directory);
    const file = join(directory, record);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('a_total', 'b_total'));
    const second = persistent(directory);
    register(second).counter.increment(1, { n: 'x' });
    expect(await sampleOf(second, 'a_total', { n: 'x' })).toBe(1);
    expect(await errors(second, 'storage')).toBe(1);
    expect(logOf(second)).toEqual([expect.stringMatching(/damaged record .* checksum/)]);
    const aside = (await readdir(directory)).filter((name) => name.includes('damaged'));
    expect(aside).toHaveLength(1);
    await second.shutdown();
    const third = persistent(directory);
    register(third);
    expect(await sampleOf(third, 'a_total', { n: 'x' })).toBe(1);
    expect(await errors(third, 'storage')).toBe(1);
    expect(logOf(third)).toEqual([]);
  });
});
