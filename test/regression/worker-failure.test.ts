/** Tests what is lost when a collector's worker dies: nothing, or only what is counted as lost. */
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import {
  type Counter,
  formatPrometheus,
  MetricsExporter,
  PeriodicExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import type { CollectorServices } from '../../src/collector/services.ts';
import { SharedCollector } from '../../src/collector/shared-collector.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { OwnerClient } from '../../src/protocol/client.ts';
import type { KeptHandover } from '../../src/protocol/handover.ts';
import { ManualClock } from '../collector/manual-clock.ts';
import { errors, joinThread, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const script = new URL('../../dist/worker.js', import.meta.url);

/** A collector whose worker can be killed. */
function mortal(options: object = {}) {
  const workers: Worker[] = [];
  const worker = () => {
    workers.push(new Worker(script));
    return workers.at(-1)!;
  };
  const collector = makeCollector({ link: 'auto', worker, ...options });
  const kill = async () => {
    await workers.at(-1)?.terminate();
  };
  return { collector, kill };
}

function count(thread: TelemetryCollector, amount: number, n: string): void {
  const known = thread.getMetric('a_total') as Counter<'n'> | undefined;
  const counter = known ?? thread.registerCounter('a_total', '', { labelNames: ['n'] });
  counter.increment(amount, { n });
}

/** Waits until the collector has so many threads: they follow by themselves. */
async function threads(collector: TelemetryCollector, wanted: number): Promise<void> {
  // An inline collector answers at once, and hears its ports only between turns.
  while ((await collector.diagnostics()).threads !== wanted) await new Promise(setImmediate);
}

describe.each(['shared', 'message'] as const)('a worker that dies, %s link', (link) => {
  it('takes no counts of joined threads with it, which follow to the next', async () => {
    const { collector, kill } = mortal({ link });
    const thread = joinThread(collector, { link });
    for (let round = 1; round <= 4; round++) {
      count(collector, 1, 'both');
      count(thread, 10, 'both');
      count(thread, 5, 'thread');
      await thread.flush();
      expect(await sampleOf(collector, 'a_total', { n: 'both' })).toBe(11 * round);
      expect(await sampleOf(collector, 'a_total', { n: 'thread' })).toBe(5 * round);
      // The last collector goes on inline, and does not die.
      if (round < 4) await kill();
      count(thread, 0, 'both');
      await collector.flush();
      await threads(collector, 2);
    }
    expect(await errors(collector, 'worker')).toBe(2);
    expect(await errors(collector, 'thread_lost')).toBe(0);
    expect(await sampleOf(thread, 'a_total', { n: 'both' })).toBe(44);
    expect(logOf(thread)).toEqual([]);
  });

  it('takes no families with it that only threads had that have ended', async () => {
    const { collector, kill } = mortal({ link });
    const thread = joinThread(collector, { link });
    thread.registerCounter('b_total', 'Of a thread.', { labels: { c: '1' } }).increment(3);
    await thread.shutdown();
    const before = await formatPrometheus(collector);
    expect(before).toContain(
      '# HELP b_total Of a thread.\n# TYPE b_total counter\nb_total{c="1"} 3',
    );
    await kill();
    expect(await sampleOf(collector, 'b_total', { c: '1' })).toBe(3);
    expect(await formatPrometheus(collector)).toContain('# HELP b_total Of a thread.');
  });

  it('takes no counts of threads with it that had ended before', async () => {
    const { collector, kill } = mortal({ link });
    const thread = joinThread(collector, { link });
    count(thread, 5, 'ended');
    thread.registerHistogram('h', '', { buckets: [1] }).observe(0.5);
    thread.recordEvent('of the thread');
    await thread.shutdown();
    count(collector, 1, 'main');
    collector.recordEvent('of the owner');
    await collector.startCollection();
    // The owner is told the totals once, and other changes each time.
    for (let i = 0; i < 3; i++) await collector.flush();
    const runs = await sampleOf(collector, 'telemetry_collection_runs_total');
    await kill();
    count(collector, 1, 'main');
    collector.registerHistogram('h', '', { buckets: [1] }).observe(2);
    expect(await sampleOf(collector, 'a_total', { n: 'ended' })).toBe(5);
    expect(await sampleOf(collector, 'a_total', { n: 'main' })).toBe(2);
    expect(await sampleOf(collector, 'h_count')).toBe(2);
    expect(await sampleOf(collector, 'telemetry_collection_runs_total')).toBe((runs ?? 0) + 1);
    expect((await collector.getEvents()).map(({ name }) => name)).toEqual([
      'of the thread',
      'of the owner',
    ]);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(2);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
  });

  it('brings nothing back that was reset or removed', async () => {
    const { collector, kill } = mortal({ link });
    const thread = joinThread(collector, { link });
    for (const n of ['removed', 'kept']) count(thread, 5, n);
    thread.registerCounter('reset_total').increment(5);
    thread.registerCounter('gone_total').increment(5);
    await thread.shutdown();
    count(collector, 1, 'removed');
    collector.getMetric('a_total')?.remove({ n: 'removed' } as never);
    collector.registerCounter('reset_total').reset();
    collector.registerCounter('gone_total');
    collector.unregister('gone_total');
    await collector.flush();
    await kill();
    expect(await sampleOf(collector, 'a_total', { n: 'kept' })).toBe(5);
    expect(await sampleOf(collector, 'a_total', { n: 'removed' })).toBeUndefined();
    expect(await sampleOf(collector, 'reset_total')).toBe(0);
    expect(await formatPrometheus(collector)).not.toContain('gone_total');
  });
});

it.each(['the owner', 'a joined thread'])(
  'a worker that dies while %s asks it to listen: the next one listens',
  async (who) => {
    const { collector, kill } = mortal();
    const asking = who === 'the owner' ? collector : joinThread(collector);
    await asking.flush();
    const dead = kill();
    const serving = asking.serve({ port: 0 });
    await dead;
    const { url, close } = await serving;
    expect((await fetch(url)).status).toBe(200);
    await close();
    await expect(fetch(url)).rejects.toThrow();
    expect(await errors(collector, 'worker')).toBe(1);
  },
);

it('a worker that dies while it is told to listen no longer: the next one does not', async () => {
  const { collector, kill } = mortal();
  const { url, close } = await collector.serve({ port: 0 });
  const dead = kill();
  await close();
  await dead;
  await collector.flush();
  await expect(fetch(url)).rejects.toThrow();
});

describe('what the owner keeps for the next worker', () => {
  it('is not all totals after every run: the measured thread had several MB to receive each time', async () => {
    const clock = new ManualClock();
    const kept: KeptHandover[] = [];
    let stuck = false;
    const owner = {
      keep: async (handover: KeptHandover) => {
        if (stuck) throw new Error('the owner is stuck');
        kept.push(handover);
      },
      threadLeft: async () => {},
      warn: async () => {},
      delivery: async () => {},
    };
    const config = {
      interval: 1,
      labels: {},
      eventLimit: 10,
      seriesLimit: 10,
      erased: [],
      parts: [],
    };
    const collector = new SharedCollector(
      { ...config, persist: undefined, mortal: true, handover: undefined },
      { clock, kinds: READING_KINDS } as unknown as CollectorServices,
      owner as unknown as OwnerClient,
    );
    const totalsOfARun = async (): Promise<number> => {
      kept.length = 0;
      await collector.run();
      await collector.handOver();
      return kept.filter(({ totals }) => totals).length;
    };
    expect(await totalsOfARun()).toBe(1);
    expect(await totalsOfARun()).toBe(0);
    expect(kept.length).toBeGreaterThan(0);
    collector.erase([{ what: 'reset' }]);
    expect(await totalsOfARun()).toBe(1);
    // They are sent again if the owner has not taken them.
    collector.erase([{ what: 'reset' }]);
    stuck = true;
    expect(await totalsOfARun()).toBe(0);
    stuck = false;
    expect(await totalsOfARun()).toBe(1);
    expect(await totalsOfARun()).toBe(0);
  });
});

describe('events that a dying worker takes with it', () => {
  const dropped = (collector: TelemetryCollector) =>
    sampleOf(collector, 'telemetry_events_dropped_total');

  it('come again from the thread that recorded them', async () => {
    const { collector, kill } = mortal();
    const thread = joinThread(collector);
    collector.recordEvent('kept');
    await collector.flush();
    // It has joined now.
    await thread.flush();
    // The collector has received them but has not told the owner: that is done in runs and in flushes.
    for (let i = 0; i < 7; i++) collector.recordEvent('again', i);
    for (let i = 0; i < 7; i++) thread.recordEvent('of the thread', i);
    expect(await collector.getEvents()).toHaveLength(15);
    await kill();
    await threads(collector, 2);
    collector.recordEvent('later');
    await thread.flush();
    const events = await collector.getEvents();
    const values = (wanted: string) =>
      events.filter(({ name }) => name === wanted).map(({ value }) => value);
    expect(values('again')).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(values('of the thread')).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(events).toHaveLength(16);
    expect(await sampleOf(collector, 'telemetry_events_total')).toBe(16);
    expect(await dropped(collector)).toBe(0);
  });

  it('are none of those that were flushed, however large', async () => {
    const { collector, kill } = mortal();
    const thread = joinThread(collector);
    for (let i = 0; i < 20; i++) collector.recordEvent('large', 'x'.repeat(50_000));
    for (let i = 0; i < 20; i++) thread.recordEvent('large', 'x'.repeat(50_000));
    expect((await thread.flush()).collected).toBe(true);
    expect((await collector.flush()).collected).toBe(true);
    await thread.shutdown();
    for (let worker = 0; worker < 2; worker++) {
      await kill();
      expect(await collector.getEvents()).toHaveLength(40);
      expect(await dropped(collector)).toBe(0);
      collector.recordEvent('small');
      await collector.flush();
      await kill();
      expect(await collector.getEvents()).toHaveLength(41);
      collector.resetAllMetrics();
      expect(await collector.getEvents()).toHaveLength(0);
      for (let i = 0; i < 40; i++) collector.recordEvent('large', 'x'.repeat(50_000));
      await collector.flush();
    }
  });

  it('are none of those that a flush finds on their way', async () => {
    const { collector, kill } = mortal();
    await collector.flush();
    for (let i = 0; i < 20; i++) collector.recordEvent('of the owner', i);
    const flushed = collector.flush();
    // They are handed over, and the worker dies before it can answer.
    await Promise.resolve();
    await kill();
    expect((await flushed).collected).toBe(true);
    expect(await collector.getEvents()).toHaveLength(20);
    expect(await dropped(collector)).toBe(0);
  });

  it('are no others after a reset', async () => {
    const { collector, kill } = mortal();
    for (let i = 0; i < 5; i++) collector.recordEvent('cleared', i);
    await collector.getEvents();
    const killed = kill();
    collector.resetAllMetrics();
    collector.recordEvent('since');
    await killed;
    await collector.flush();
    expect((await collector.getEvents()).map(({ name }) => name)).toEqual(['since']);
    expect(await dropped(collector)).toBe(0);
  });

  it('are no more than the log would have kept', async () => {
    const { collector, kill } = mortal({ eventLimit: 3 });
    for (let i = 0; i < 10; i++) {
      collector.recordEvent('of the owner', i);
      await collector.getEvents();
    }
    await kill();
    expect((await collector.getEvents()).map(({ value }) => value)).toEqual([7, 8, 9]);
  });

  it('of a thread wait in the thread for the next collector', async () => {
    const { collector, kill } = mortal();
    const thread = joinThread(collector);
    await thread.flush();
    const killed = kill();
    for (let i = 0; i < 5; i++) thread.recordEvent('of the thread', i);
    await killed;
    await collector.flush();
    await threads(collector, 2);
    await thread.flush();
    expect(await collector.getEvents()).toHaveLength(5);
    expect(await sampleOf(collector, 'telemetry_events_dropped_total')).toBe(0);
  });
});

describe('a dying worker with persist', () => {
  it('leaves one record, of which nothing is counted twice', async () => {
    const directory = await makeFolder();
    const persist = { name: 'app', directory };
    const before = makeCollector({ persist });
    count(before, 100, 'main');
    await before.shutdown();

    const { collector, kill } = mortal({ persist });
    const thread = joinThread(collector);
    count(collector, 1, 'main');
    count(thread, 10, 'main');
    await thread.flush();
    expect(await sampleOf(collector, 'a_total', { n: 'main' })).toBe(111);
    for (let round = 0; round < 2; round++) {
      await kill();
      await collector.flush();
      await threads(collector, 2);
      expect(await sampleOf(collector, 'a_total', { n: 'main' })).toBe(111);
    }
    await thread.shutdown();
    await collector.shutdown();
    expect((await readdir(directory)).filter((file) => file.endsWith('.telemetry'))).toHaveLength(
      1,
    );

    const after = makeCollector({ persist });
    count(after, 0, 'main');
    expect(await sampleOf(after, 'a_total', { n: 'main' })).toBe(111);
  });
});

describe('what goes on around a worker that dies', () => {
  it('does not depend on threads that end with it', async () => {
    const { collector, kill } = mortal({ collectionInterval: 3600 });
    const port = collector.createPort();
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      import(${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)}).then(async (t) => {
        const collector = t.TelemetryCollector.connect(workerData.port);
        await collector.flush();
        parentPort.postMessage('joined');
        setInterval(() => {}, 1000);
      });`;
    const transferList = [port as never];
    const joined = new Worker(source, { eval: true, workerData: { port }, transferList });
    await new Promise((resolve) => joined.once('message', resolve));
    await collector.startCollection();
    const server = await collector.serve({ port: 0 });
    await Promise.all([joined.terminate(), kill()]);
    const answers = () =>
      fetch(server.url).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers()));
    expect((await collector.getSnapshot()).running).toBe(true);
    expect(await errors(collector, 'worker')).toBe(1);
  });

  it('asks for the rest also where one thing cannot be had again', async () => {
    const { collector, kill } = mortal({ collectionInterval: 3600 });
    const server = await collector.serve({ port: 0 });
    await collector.startCollection();
    await kill();
    const other = createServer().listen(Number(new URL(server.url).port), '127.0.0.1');
    await collector.flush();
    while (!(await collector.getSnapshot()).running);
    other.close();
  });

  it('exports no more often, whatever was asked for meanwhile', async () => {
    const { collector, kill } = mortal();
    let exports = 0;
    class Counting extends MetricsExporter {
      override async exportMetrics(): Promise<boolean> {
        exports++;
        return true;
      }
    }
    await new PeriodicExporter(new Counting(), collector, { interval: 3600 }).start();
    const thread = joinThread(collector);
    await thread.flush();
    await kill();
    await new PeriodicExporter(new Counting(), collector, { interval: 3600 }).start();
    await collector.flush();
    await threads(collector, 2);
    exports = 0;
    await collector.flush();
    // There is one for each exporter.
    expect(exports).toBe(2);
  });

  it('starts no other worker while it shuts down', async () => {
    const workers: Worker[] = [];
    const worker = () => {
      workers.push(new Worker(script));
      return workers.at(-1)!;
    };
    const collector = makeCollector({ link: 'auto', worker });
    await collector.flush();
    const ending = collector.shutdown();
    await Promise.all([ending, workers[0].terminate()]);
    expect(workers).toHaveLength(1);
  });
});

describe.each(['owner', 'thread'] as const)('a reset and a removal by the %s', (who) => {
  it('while there is no collector go for all', async () => {
    const { collector, kill } = mortal();
    const thread = joinThread(collector);
    for (const one of [collector, thread]) {
      count(one, 50, 'removed');
      one.registerCounter('c_total').increment(50);
    }
    await thread.flush();
    await kill();
    const one = who === 'owner' ? collector : thread;
    (one.getMetric('a_total') as Counter<'n'>).remove({ n: 'removed' });
    one.getMetric('c_total')?.reset();
    await collector.flush();
    await threads(collector, 2);
    await thread.flush();
    await collector.flush();
    expect(await sampleOf(collector, 'c_total')).toBe(0);
    expect(await sampleOf(collector, 'a_total', { n: 'removed' })).toBeUndefined();
  });
});

describe('a reset', () => {
  it('that a worker did not live to hear of goes for what it has left', async () => {
    const { collector, kill } = mortal();
    const thread = joinThread(collector);
    count(thread, 50, 'x');
    await thread.shutdown();
    await collector.flush();
    count(collector, 0, 'x');
    collector.resetAllMetrics();
    await kill();
    expect(await sampleOf(collector, 'a_total', { n: 'x' })).toBe(0);
  });

  it('from before the first link wipes nothing later', async () => {
    const { collector, kill } = mortal();
    const counter = collector.registerCounter('c_total');
    const started = collector.startCollection();
    counter.reset();
    await started;
    const thread = joinThread(collector);
    thread.registerCounter('c_total').increment(50);
    await thread.shutdown();
    await collector.flush();
    await kill();
    expect(await sampleOf(collector, 'c_total')).toBe(50);
  });

  it('while the first link is made goes for what storage gives back', async () => {
    const persist = { name: 'app', directory: await makeFolder() };
    const before = makeCollector({ persist });
    before.registerCounter('c_total').increment(100);
    await before.shutdown();
    const { collector } = mortal({ persist });
    const counter = collector.registerCounter('c_total');
    const started = collector.startCollection();
    counter.reset();
    await started;
    expect(await sampleOf(collector, 'c_total')).toBe(0);
  });
});
