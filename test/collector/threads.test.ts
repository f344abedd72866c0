/**
 * Several recording threads under one collector. The collector takes them for threads. Here they are
 * collectors of one process, each with pages and a port of its own.
 */
import { Worker } from 'node:worker_threads';
import {
  TelemetryCollector as Collector,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { describe, expect, it, vi } from 'vitest';
import {
  errors,
  joinThread,
  LINKS,
  logOf,
  makeCollector,
  sampleOf,
  samplesOf,
} from '../collectors.ts';

/** Resolves when each thread has been told of what the others erased before. */
async function everybodyKnows(...threads: TelemetryCollector[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.flush()));
  // An answer comes after all that the collector had sent on the same way before.
  await Promise.all(threads.map((thread) => thread.diagnostics()));
}

const WAYS = LINKS.flatMap((link) =>
  (['shared', 'message'] as const).map((joined) => ({ link, joined })),
);

describe.each(WAYS)(
  'threads, collector by $link link, joined by $joined link',
  ({ link, joined }) => {
    const start = async () => {
      const main = makeCollector({ link });
      const one = joinThread(main, { link: joined });
      const two = joinThread(main, { link: joined });
      await everybodyKnows(main, one, two);
      return [main, one, two] as const;
    };

    it('add up counters and histograms of the same name and labels', async () => {
      const threads = await start();
      threads.forEach((thread, i) => {
        const counter = thread.registerCounter('a_total', 'A', { labelNames: ['n'] });
        counter.increment(10 ** i, { n: 'all' });
        counter.increment(1, { n: `only ${i}` });
        const histogram = thread.registerHistogram('h', '', { buckets: [1, 2] });
        histogram.observe(i + 0.5);
        expect(counter.getValue({ n: 'all' }).value).toBe(10 ** i);
      });
      for (const reader of threads) {
        expect(await sampleOf(reader, 'a_total', { n: 'all' })).toBe(111);
        expect(await samplesOf(reader, 'a_total')).toHaveLength(4);
        expect(await sampleOf(reader, 'h_bucket', { le: '1' })).toBe(1);
        expect(await sampleOf(reader, 'h_bucket', { le: '2' })).toBe(2);
        expect(await sampleOf(reader, 'h_count')).toBe(3);
        expect(await sampleOf(reader, 'h_sum')).toBe(4.5);
      }
      expect((await threads[1].diagnostics()).threads).toBe(3);
    });

    it('combine gauges as each says, those left out that never set it', async () => {
      const threads = await start();
      const wanted = { sum: 4, last: -5, min: -5, max: 9, mean: 2 } as const;
      const gauges = Object.keys(wanted).map((name) => {
        const combine = name as keyof typeof wanted;
        return threads.map((thread) => thread.registerGauge(combine, '', { combine }));
      });
      for (const [one, two] of gauges) {
        one.set(9);
        two.set(-5);
      }
      for (const [combine, value] of Object.entries(wanted)) {
        expect(await sampleOf(threads[0], combine), combine).toBe(value);
      }
      for (const [, , three] of gauges) three.set(100);
      expect(await sampleOf(threads[0], 'last')).toBe(100);
      expect(await sampleOf(threads[0], 'max')).toBe(100);
    });

    it('reset all, whoever does it', async () => {
      const threads = await start();
      const counters = threads.map((thread) => thread.registerCounter('a_total'));
      const gauges = threads.map((thread) => thread.registerGauge('g', '', { combine: 'max' }));
      const kept = threads.map((thread) => thread.registerCounter('kept_total'));
      for (const metric of [...counters, ...kept]) metric.increment(5);
      for (const gauge of gauges) gauge.set(5);
      for (const thread of threads) thread.recordEvent('e');
      await everybodyKnows(...threads);
      counters[1].reset();
      await everybodyKnows(...threads);
      expect(await sampleOf(threads[0], 'a_total')).toBe(0);
      expect(await sampleOf(threads[0], 'kept_total')).toBe(15);
      expect(counters.map((counter) => counter.getValue().value)).toEqual([0, 0, 0]);
      threads[2].resetAllMetrics();
      await everybodyKnows(...threads);
      expect(await sampleOf(threads[0], 'g')).toBe(0);
      // The zero of a gauge that was reset does not count as a value of its thread.
      gauges[1].set(-7);
      expect(await sampleOf(threads[0], 'g')).toBe(-7);
      expect(await sampleOf(threads[0], 'kept_total')).toBe(0);
      expect(await threads[0].getEvents()).toEqual([]);
    });

    it('lose a series that any of them removes, and may begin it anew', async () => {
      const threads = await start();
      const counters = threads.map((thread) =>
        thread.registerCounter('a_total', '', { labelNames: ['n'] }),
      );
      const bound = counters.map((counter) => counter.labels({ n: 'x' }));
      for (const series of bound) series.increment(5);
      await everybodyKnows(...threads);
      counters[1].remove({ n: 'x' });
      await everybodyKnows(...threads);
      expect(await samplesOf(threads[0], 'a_total')).toEqual([]);
      for (const series of bound) series.increment();
      expect(await samplesOf(threads[0], 'a_total')).toEqual([]);
      expect(await errors(threads[0], 'removed_series')).toBe(3);
      for (const counter of counters) counter.increment(1, { n: 'x' });
      expect(await sampleOf(threads[0], 'a_total', { n: 'x' })).toBe(3);
    });

    it('lose a series that one of them removes without having it', async () => {
      const threads = await start();
      const counters = threads.map((thread) =>
        thread.registerCounter('a_total', '', { labelNames: ['n'] }),
      );
      counters[1].increment(5, { n: 'x' });
      counters[1].increment(5, { n: 'y' });
      await everybodyKnows(...threads);
      expect(counters[0].remove({ n: 'x' })).toBe(false);
      counters[0].increment(1, { n: 'x' });
      await everybodyKnows(...threads);
      expect(await sampleOf(threads[0], 'a_total', { n: 'x' })).toBe(1);
      expect(await sampleOf(threads[0], 'a_total', { n: 'y' })).toBe(5);
    });

    it('lose a family that any of them unregisters', async () => {
      const threads = await start();
      const register = (thread: TelemetryCollector) => thread.registerCounter('a_total');
      const counters = threads.map(register);
      for (const counter of counters) counter.increment(5);
      await everybodyKnows(...threads);
      threads[2].unregister('a_total');
      await everybodyKnows(...threads);
      expect(await samplesOf(threads[0], 'a_total')).toEqual([]);
      for (const thread of threads) expect(thread.getMetric('a_total')).toBeUndefined();
      register(threads[1]).increment(2);
      expect(await sampleOf(threads[0], 'a_total')).toBe(2);
    });

    it('lose no family that is registered anew while others are still being told', async () => {
      const threads = await start();
      const [main, one, two] = threads;
      const register = (thread: TelemetryCollector) => thread.registerCounter('a_total');
      register(one).increment(5);
      await everybodyKnows(...threads);
      one.unregister('a_total');
      register(one).increment(1);
      // This thread has not heard of the removal, and is told only after its own family has reached the
      // collector.
      register(two).increment(10);
      await everybodyKnows(...threads);
      expect(one.getMetric('a_total')).toBeDefined();
      expect([1, 11]).toContain(await sampleOf(main, 'a_total'));
    });

    it('leave their counts behind and take their gauges along', async () => {
      const [main, one, two] = await start();
      for (const thread of [main, one, two]) {
        thread.registerCounter('a_total').increment(2);
        thread.registerHistogram('h', '', { buckets: [1] }).observe(0.5);
        thread.registerGauge('g').set(5);
        thread.registerGauge('low', '', { combine: 'min' }).set(thread === two ? -1 : 3);
      }
      two.registerGauge('own', '', { labelNames: ['n'] }).set(1, { n: 'x' });
      two.recordEvent('farewell');
      await everybodyKnows(main, one, two);
      expect(await sampleOf(main, 'low')).toBe(-1);
      await two.shutdown();
      expect(await sampleOf(main, 'a_total')).toBe(6);
      expect(await sampleOf(main, 'h_count')).toBe(3);
      expect(await sampleOf(main, 'g')).toBe(10);
      expect(await sampleOf(main, 'low')).toBe(3);
      expect(await samplesOf(main, 'own')).toEqual([]);
      expect((await main.getEvents()).map(({ name }) => name)).toEqual(['farewell']);
      expect((await main.diagnostics()).threads).toBe(2);
      // Another thread may come in its place.
      const three = joinThread(main, { link: joined });
      three.registerCounter('a_total').increment();
      await three.flush();
      expect(await sampleOf(main, 'a_total')).toBe(7);
    });

    it('share one limit of series, and the total stays whole', async () => {
      const main = makeCollector({ link, seriesLimit: 10 });
      const one = joinThread(main, { link: joined, seriesLimit: 1000 });
      await one.flush();
      for (const [i, thread] of [main, one].entries()) {
        const counter = thread.registerCounter('a_total', '', { labelNames: ['n'] });
        for (let n = 0; n < 30; n++) counter.increment(1, { n: `${i} ${n}` });
      }
      await everybodyKnows(main, one);
      const samples = await samplesOf(main, 'a_total');
      expect(samples).toHaveLength(11);
      expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(60);
    });

    it('are told of each collection run, and their events come together', async () => {
      const [main, one] = await start();
      const runs = vi.fn();
      const ran = new Promise((resolve) => one.addHook('collection', resolve));
      one.addHook('collection', runs);
      main.recordEvent('from', 'main');
      one.recordEvent('from', 'one');
      await everybodyKnows(main, one);
      expect((await one.getEvents()).map(({ value }) => value).sort()).toEqual(['main', 'one']);
      await main.startCollection();
      await ran;
      expect(await sampleOf(one, 'telemetry_events_total')).toBe(2);
    });

    it('that define a family differently are told of, and the first definition stays', async () => {
      const [main, one] = await start();
      main.registerCounter('a_total').increment(5);
      await main.flush();
      one.registerGauge('a_total').set(100);
      await everybodyKnows(main, one);
      expect(await samplesOf(main, 'a_total')).toEqual([{ name: 'a_total', labels: {}, value: 5 }]);
      expect(await errors(main, 'definition_conflict')).toBe(1);
      expect(logOf(main)).toEqual([
        expect.stringContaining('a_total is registered with different'),
      ]);
    });

    it('may have gauges with callbacks', async () => {
      const [main, one, two] = await start();
      for (const [i, thread] of [main, one, two].entries()) {
        thread.registerGauge('g', '', { collect: () => 10 ** i });
      }
      await everybodyKnows(main, one, two);
      expect(await sampleOf(main, 'g')).toBe(111);
    });
  },
);

describe('a thread that crashes', () => {
  it('leaves its counts behind and takes its gauges along', async () => {
    const main = makeCollector({ link: 'auto' });
    main.registerCounter('a_total').increment();
    const port = main.createPort();
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       import(workerData.url).then(async ({ TelemetryCollector }) => {
         const thread = TelemetryCollector.connect(workerData.port);
         thread.registerCounter('a_total').increment(10);
         thread.registerGauge('g', '', { labelNames: ['n'] }).set(5, { n: 'x' });
         await thread.flush();
         thread.getMetric('a_total').increment(100);
         throw new Error('crash');
       });`,
      {
        eval: true,
        workerData: { port, url: new URL('../../dist/node.js', import.meta.url).href },
        transferList: [port as never],
      },
    );
    await new Promise((resolve) => worker.once('error', resolve));
    await vi.waitUntil(async () => (await main.diagnostics()).threads === 1, 60_000);
    expect(await sampleOf(main, 'a_total')).toBe(111);
    expect(await samplesOf(main, 'g')).toEqual([]);
  });
});

describe('connect', () => {
  it.each([undefined, null, 5, {}])('refuses what is no port: %s', (port) => {
    expect(() => Collector.connect(port as never)).toThrow(TelemetryError);
  });
});
