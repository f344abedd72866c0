/**
 * Tests that `clear()` removes every series of a family, wherever it is: in threads, left by threads, in
 * storage.
 */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, LINKS, makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const script = new URL('../../dist/worker.js', import.meta.url);
const LABELS = { labelNames: ['n'] as const };

describe.each(LINKS)('clearing over the %s link', (link) => {
  it('removes all series of a family and no other', async () => {
    const collector = makeCollector({ link });
    const cleared = [
      collector.registerCounter('a_total', '', LABELS),
      collector.registerGauge('g', '', { ...LABELS, combine: 'last' }),
    ];
    const histogram = collector.registerHistogram('h', '', LABELS);
    const kept = collector.registerCounter('kept_total', '', LABELS);
    for (const n of [1, 2, 3]) {
      for (const metric of [...cleared, kept]) metric.increment(n, { n });
      histogram.observe(n, { n });
    }
    await collector.getSnapshot();
    for (const metric of [...cleared, histogram]) metric.clear();
    cleared[0].increment(7, { n: 2 });
    histogram.observe(1, { n: 9 });
    expect(await samplesOf(collector, 'a_total')).toEqual([
      { name: 'a_total', labels: { n: '2' }, value: 7 },
    ]);
    expect(await samplesOf(collector, 'g')).toEqual([]);
    expect((await samplesOf(collector, 'h_count')).map(({ labels }) => labels.n)).toEqual(['9']);
    expect(await samplesOf(collector, 'kept_total')).toHaveLength(3);
  });

  it('keeps the only series of a metric without label names, at 0', async () => {
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    const histogram = collector.registerHistogram('h');
    counter.increment(5);
    histogram.observe(1);
    await collector.getSnapshot();
    counter.clear();
    histogram.clear();
    expect(await sampleOf(collector, 'a_total')).toBe(0);
    expect(await sampleOf(collector, 'h_count')).toBe(0);
    counter.increment(2);
    expect(await sampleOf(collector, 'a_total')).toBe(2);
  });

  it('takes along what other threads have, and what threads that ended have left', async () => {
    const collector = makeCollector({ link });
    const own = collector.registerCounter('a_total', '', LABELS);
    own.increment(1, { n: 'own' });
    const joined = joinThread(collector, { link });
    const theirs = joined.registerCounter('a_total', '', LABELS);
    theirs.increment(10, { n: 'theirs' });
    const bound = theirs.labels({ n: 'theirs' });
    const gone = joinThread(collector, { link });
    gone.registerCounter('a_total', '', LABELS).increment(100, { n: 'gone' });
    await joined.flush();
    await gone.shutdown();
    expect(await samplesOf(collector, 'a_total')).toHaveLength(3);
    own.clear();
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
    bound.increment();
    expect(await errors(collector, 'removed_series')).toBe(1);
    theirs.labels({ n: 'theirs' }).increment(3);
    await joined.flush();
    expect(await sampleOf(collector, 'a_total', { n: 'theirs' })).toBe(3);
  });

  it('leaves to other threads what they set in `collect`, when it is called there', async () => {
    const collector = makeCollector({ link });
    let round = 0;
    const states = (of: string) => ({
      labelNames: ['state'] as const,
      async collect(gauge: ReturnType<typeof collector.registerGauge<'state'>>) {
        gauge.clear();
        await undefined;
        gauge.set(1, { state: 'both' });
        gauge.set(1, { state: `${of} ${round}` });
      },
    });
    collector.registerGauge('states', '', states('owner'));
    const joined = joinThread(collector, { link });
    joined.registerGauge('states', '', states('joined'));
    await joined.flush();
    for (round = 1; round < 6; round++) {
      const samples = await samplesOf(collector, 'states');
      const values = Object.fromEntries(samples.map(({ labels, value }) => [labels.state, value]));
      expect(values).toEqual({ both: 2, [`owner ${round}`]: 1, [`joined ${round}`]: 1 });
    }
  });
});

describe('clearing', () => {
  it('makes room again below the series limit', async () => {
    const collector = makeCollector({ seriesLimit: 3 });
    const counter = collector.registerCounter('a_total', '', LABELS);
    for (let n = 0; n < 6; n++) counter.increment(1, { n });
    counter.clear();
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
    for (let n = 6; n < 9; n++) counter.increment(1, { n });
    expect((await samplesOf(collector, 'a_total')).map(({ labels }) => labels.n)).toEqual([
      '6',
      '7',
      '8',
    ]);
  });

  it('refuses handles that were bound before, until they are bound again', async () => {
    const collector = makeCollector();
    const counter = collector.registerCounter('a_total', '', LABELS);
    const bound = counter.labels({ n: 1 });
    bound.increment();
    counter.clear();
    bound.increment();
    expect(await errors(collector, 'removed_series')).toBe(1);
    expect(await samplesOf(collector, 'a_total')).toEqual([]);
    counter.labels({ n: 1 }).increment(4);
    expect(await sampleOf(collector, 'a_total', { n: '1' })).toBe(4);
  });

  it.each(LINKS)(
    'forgets what storage holds, before and after the collector runs (%s)',
    async (link) => {
      for (const when of ['before', 'after']) {
        const directory = await makeFolder();
        const open = () => makeCollector({ link, persist: { name: 'app', directory } });
        const register = (collector: ReturnType<typeof open>) => ({
          cleared: collector.registerCounter('a_total', '', LABELS),
          kept: collector.registerCounter('kept_total', '', LABELS),
        });
        const first = open();
        for (const metric of Object.values(register(first))) metric.increment(5, { n: 1 });
        await first.shutdown();
        const second = open();
        const { cleared } = register(second);
        if (when === 'after') expect(await sampleOf(second, 'a_total', { n: '1' })).toBe(5);
        cleared.clear();
        cleared.increment(2, { n: 2 });
        await second.shutdown();
        const third = open();
        register(third);
        expect(await samplesOf(third, 'a_total')).toMatchObject([{ labels: { n: '2' }, value: 2 }]);
        expect(await sampleOf(third, 'kept_total', { n: '1' })).toBe(5);
        await third.shutdown();
      }
    },
  );

  it('is not undone by a worker that takes the place of another', async () => {
    const workers: Worker[] = [];
    const collector = makeCollector({
      link: 'auto',
      worker: () => {
        workers.push(new Worker(script));
        return workers.at(-1)!;
      },
    });
    const counter = collector.registerCounter('a_total', '', LABELS);
    const gone = joinThread(collector);
    gone.registerCounter('a_total', '', LABELS).increment(100, { n: 'gone' });
    await gone.shutdown();
    counter.increment(1, { n: 'own' });
    expect(await samplesOf(collector, 'a_total')).toHaveLength(2);
    counter.clear();
    counter.increment(2, { n: 'new' });
    // The first worker is told, or else the second, which takes its place before it could be told.
    await workers[0].terminate();
    expect(await samplesOf(collector, 'a_total')).toMatchObject([{ labels: { n: 'new' } }]);
    expect(workers).toHaveLength(2);
  });
});
