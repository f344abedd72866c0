/**
 * Tests that counts of threads survive when their collector's worker is replaced, whatever they are doing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Counter, formatOpenMetrics } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector, sampleOf, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { MortalCollector, type RealThread } from '../threads/real-thread.ts';

const LINKS = ['shared', 'message'] as const;

const total = (of: MortalCollector, n = 'x', name = 'a_total') =>
  sampleOf(of.collector, name, { n });

const library = new URL('../../dist/node.js', import.meta.url).href;

/** The owner has counted 5 and the thread 1000, and both have been shown. */
async function ownerAndThread(link: 'shared' | 'message', options: object = {}) {
  const owner = new MortalCollector({ link, ...options });
  const thread = owner.join(link);
  owner.collector.registerCounter('a_total', '', { labelNames: ['n'] }).increment(5, { n: 'x' });
  await thread.count(1000);
  await thread.ask('flush');
  expect(await total(owner)).toBe(1005);
  return { owner, thread };
}

/** Waits until so many threads have joined. */
async function joined({ collector }: MortalCollector, wanted: number): Promise<void> {
  while ((await collector.diagnostics()).threads !== wanted) await new Promise(setImmediate);
}

/** Waits until the condition holds: ports report only a while later that a thread has gone. */
async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  while ((await read()) !== wanted) await new Promise(setImmediate);
}

describe.each(LINKS)('a worker that is replaced while a thread is busy, %s link', (link) => {
  it('shows what the thread has counted, before and after it follows', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await thread.record({ type: 'histogram', name: 'h', n: 'x', amount: 20 });
    await thread.record({ type: 'gauge', name: 'g', n: 'x', amount: 7 });
    await thread.ask('flush');
    expect(await samplesOf(owner.collector, 'h_bucket')).toHaveLength(3);
    for (let worker = 0; worker < 3; worker++) {
      await thread.block();
      await owner.kill();
      // The last collector is inline.
      for (let scrape = 0; scrape < 3; scrape++) {
        expect(await total(owner)).toBe(1005);
        expect(await sampleOf(owner.collector, 'h_sum', { n: 'x' })).toBe(20);
        expect(await sampleOf(owner.collector, 'g', { n: 'x' })).toBe(7);
      }
      thread.release();
      await joined(owner, 2);
      expect(await total(owner)).toBe(1005);
    }
    await thread.count(1);
    await thread.ask('flush');
    expect(await total(owner)).toBe(1006);
    expect(await sampleOf(owner.collector, 'h_sum', { n: 'x' })).toBe(20);
    await owner.collector.shutdown();
  });

  it('is followed by one that has the exemplars of all threads, also of those that have ended', async () => {
    const { owner, thread } = await ownerAndThread(link);
    const ended = owner.join(link);
    const counter = owner.collector.getMetric('a_total') as Counter<'n'>;
    counter.increment(1, { n: 'own' }, { exemplar: { id: 'own' } });
    for (const [one, id] of [[thread, 'theirs'] as const, [ended, 'ended'] as const]) {
      await one.ask('exemplify', { name: 'a_total', n: id, trace: id });
      await one.ask('flush');
    }
    await ended.ask('shutdown');
    const lines = async () =>
      (await formatOpenMetrics(owner.collector)).match(/^a_total.* # \{.*$/gm)?.sort();
    const before = await lines();
    expect(before).toHaveLength(3);
    for (let worker = 0; worker < 3; worker++) {
      await owner.kill();
      await eventually(async () => JSON.stringify(await lines()), JSON.stringify(before));
    }
  });

  it('also where the next one dies before the thread could follow', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await thread.block();
    for (let worker = 0; worker < 2; worker++) {
      await owner.kill();
      expect(await total(owner)).toBe(1005);
    }
    thread.release();
    await joined(owner, 2);
    expect(await total(owner)).toBe(1005);
    await owner.collector.shutdown();
  });

  it('has what it counted after it has ended without following', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await thread.record({ type: 'gauge', name: 'g', n: 'x', amount: 7 });
    await thread.ask('flush');
    expect(await sampleOf(owner.collector, 'g', { n: 'x' })).toBe(7);
    await thread.block();
    await owner.kill();
    expect(await total(owner)).toBe(1005);
    await thread.terminate();
    // Its gauge goes when its port has reported the end.
    await eventually(() => sampleOf(owner.collector, 'g', { n: 'x' }), undefined);
    expect(await total(owner)).toBe(1005);
    await owner.kill();
    expect(await total(owner)).toBe(1005);
    await owner.collector.shutdown();
  });

  it('has what a thread counted that ended at the same time', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await Promise.all([owner.kill(), thread.terminate()]);
    expect(await total(owner)).toBe(1005);
    await owner.collector.shutdown();
  });

  it('is not waited for where it ends at the same time', async () => {
    const { owner } = await ownerAndThread(link);
    for (let worker = 0; worker < 2; worker++) {
      const thread = owner.join(link);
      await thread.count(1);
      await thread.ask('flush');
      await thread.block();
      const killed = owner.kill();
      await thread.terminate();
      await killed;
    }
    await joined(owner, 2);
    await eventually(async () => (await owner.collector.flush()).collected, true);
    expect(await total(owner)).toBe(1007);
    await owner.collector.shutdown();
  });

  it('takes no cells for those of another series that the thread has used again', async () => {
    const { owner, thread } = await ownerAndThread(link);
    for (let i = 0; i < 50; i++) await thread.count(100, 'b_total', `old ${i}`);
    await thread.ask('flush');
    expect(await samplesOf(owner.collector, 'b_total')).toHaveLength(50);
    const killed = owner.kill();
    for (let i = 0; i < 50; i++) {
      await thread.ask('remove', { type: 'counter', name: 'b_total', n: `old ${i}` });
      await thread.count(1, 'b_total', `new ${i}`);
    }
    await thread.block();
    await killed;
    const seen = await samplesOf(owner.collector, 'b_total');
    for (const { labels, value } of seen) {
      expect(value).toBe(labels.n.startsWith('old') ? 100 : 1);
    }
    thread.release();
    await joined(owner, 2);
    await thread.ask('flush');
    const after = await samplesOf(owner.collector, 'b_total');
    expect(after.map(({ value }) => value)).toEqual(Array(50).fill(1));
    await owner.collector.shutdown();
  });

  it('shows nothing again that was reset, removed or unregistered while the thread was busy', async () => {
    const { owner, thread } = await ownerAndThread(link);
    const { collector } = owner;
    await thread.count(100, 'removed_total');
    await thread.count(100, 'gone_total');
    await thread.ask('flush');
    const removed = collector.registerCounter('removed_total', '', { labelNames: ['n'] });
    collector.registerCounter('gone_total', '', { labelNames: ['n'] });
    await thread.block();
    collector.getMetric('a_total')?.reset();
    removed.remove({ n: 'x' });
    collector.unregister('gone_total');
    const nothing = async () => {
      expect(await total(owner)).toBe(0);
      expect(await samplesOf(collector, 'removed_total')).toEqual([]);
      expect(await samplesOf(collector, 'gone_total')).toEqual([]);
    };
    await nothing();
    for (let worker = 0; worker < 2; worker++) {
      await owner.kill();
      await nothing();
    }
    thread.release();
    await joined(owner, 2);
    await nothing();
    await thread.ask('flush');
    await nothing();
    await thread.count(3);
    await thread.count(3, 'removed_total');
    await thread.ask('flush');
    expect(await total(owner)).toBe(3);
    expect(await total(owner, 'x', 'removed_total')).toBe(3);
    await collector.shutdown();
  });

  it('shows nothing of it that was erased while there was no worker', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await thread.count(100, 'removed_total');
    await thread.ask('flush');
    const { collector } = owner;
    const removed = collector.registerCounter('removed_total', '', { labelNames: ['n'] });
    await thread.block();
    const killed = owner.kill();
    collector.getMetric('a_total')?.reset();
    removed.remove({ n: 'x' });
    await killed;
    expect(await total(owner)).toBe(0);
    expect(await samplesOf(collector, 'removed_total')).toEqual([]);
    await thread.terminate();
    await eventually(async () => (await collector.diagnostics()).threads, 1);
    expect(await total(owner)).toBe(0);
    expect(await samplesOf(collector, 'removed_total')).toEqual([]);
    await collector.shutdown();
  });
});

describe.each(LINKS)('a thread that ends before it has heard of a reset, %s link', (link) => {
  it.each(['one family', 'all'] as const)('brings nothing back, %s', async (what) => {
    const { owner, thread } = await ownerAndThread(link);
    const { collector } = owner;
    await thread.record({ type: 'histogram', name: 'a', n: 'x', amount: 20 });
    await thread.ask('flush');
    const histogram = collector.registerHistogram('a', '', {
      labelNames: ['n'],
      buckets: [10, 50],
    });
    await thread.block();
    if (what === 'all') collector.resetAllMetrics();
    else {
      collector.getMetric('a_total')?.reset();
      histogram.reset();
    }
    await collector.flush();
    expect(await total(owner)).toBe(0);
    expect(await sampleOf(collector, 'a_count', { n: 'x' })).toBe(0);
    await thread.terminate();
    await eventually(async () => (await collector.diagnostics()).threads, 1);
    expect(await total(owner)).toBe(0);
    // Nobody records it any more. A thread that had done the same before it ended leaves a 0.
    expect((await sampleOf(collector, 'a_count', { n: 'x' })) ?? 0).toBe(0);
    await collector.shutdown();
  });
});

describe.each(LINKS)('a thread whose link is made when the worker has died, %s link', (link) => {
  it.each([false, true])('follows to the next one, let in by another: %s', async (isNested) => {
    const { owner, thread } = await ownerAndThread(link);
    const last = isNested ? await thread.nested(link) : owner.join(link);
    await last.count(1);
    if (isNested) await thread.ask('flush');
    // The loading of its link goes on when the thread is released, and then finds its port closed.
    const flushed = last.ask('flush');
    await last.block();
    await owner.kill();
    // The next collector is there.
    await total(owner);
    last.release();
    await flushed;
    const flush = () => last.ask<{ collected: boolean }>('flush');
    await eventually(async () => (await flush()).collected, true);
    expect(await total(owner)).toBe(1006);
    await owner.collector.shutdown();
  });
});

describe.each(LINKS)('a thread that shuts down while the worker dies, %s link', (link) => {
  it('is counted', async () => {
    for (let round = 0; round < 5; round++) {
      const { owner, thread } = await ownerAndThread(link);
      const killed = owner.kill();
      await thread.count(10, 'a_total', 'late');
      await Promise.all([killed, thread.ask('shutdown')]);
      expect(await total(owner)).toBe(1005);
      expect(await total(owner, 'late')).toBe(10);
      await owner.collector.shutdown();
    }
  });

  it('is counted once where the worker dies with the answer', async () => {
    const { owner, thread } = await ownerAndThread(link);
    const left = thread.ask('shutdown');
    await Promise.all([left, owner.kill()]);
    expect(await total(owner)).toBe(1005);
    await owner.kill();
    expect(await total(owner)).toBe(1005);
    await owner.collector.shutdown();
  });

  it('and its owner ends waits for nobody', async () => {
    const { owner, thread } = await ownerAndThread(link);
    await Promise.all([thread.ask('shutdown'), owner.kill(), owner.collector.shutdown()]);
  });
});

describe.each(LINKS)('a thread that joined over the port of another, %s link', (link) => {
  it('follows, also where that one has ended', async () => {
    const { owner, thread } = await ownerAndThread(link);
    const nested = await thread.nested(link);
    const deep = await nested.nested(link);
    for (const one of [nested, deep]) {
      await one.count(100);
      await one.ask('flush');
    }
    expect(await total(owner)).toBe(1205);
    await owner.kill();
    expect(await total(owner)).toBe(1205);
    await joined(owner, 4);
    await thread.terminate();
    await eventually(async () => (await owner.collector.diagnostics()).threads, 3);
    await owner.kill();
    expect(await total(owner)).toBe(1205);
    await joined(owner, 3);
    for (const one of [nested, deep]) {
      await one.count(1);
      await one.ask('flush');
    }
    expect(await total(owner)).toBe(1207);
    await owner.collector.shutdown();
  });

  it('and joins while the worker dies is counted', async () => {
    const { owner, thread } = await ownerAndThread(link);
    const killed = owner.kill();
    const nested = await thread.nested(link);
    await nested.count(100);
    await killed;
    await nested.ask('flush');
    expect(await total(owner)).toBe(1105);
    await owner.collector.shutdown();
  });

  it('follows although its port was on the way to the worker that died', async () => {
    const { owner, thread } = await ownerAndThread(link);
    for (let worker = 0; worker < 2; worker++) {
      const nested = await thread.nested(link);
      await owner.kill();
      await nested.count(100);
      const flush = () => nested.ask<{ collected: boolean }>('flush');
      // The thread that has made its port follows first.
      await thread.block();
      const flushed = flush();
      thread.release();
      await flushed;
      await eventually(async () => (await flush()).collected, true);
      expect(await total(owner)).toBe(1005 + 100 * (worker + 1));
    }
    await joined(owner, 4);
    await thread.terminate();
    await eventually(async () => (await owner.collector.diagnostics()).threads, 3);
    expect(await total(owner)).toBe(1205);
    await owner.collector.shutdown();
  });
});

describe.each(LINKS)('a worker that dies while threads join, %s link', (link) => {
  it('leaves none of them without a collector', async () => {
    for (let run = 0; run < 12; run++) {
      const owner = new MortalCollector({ link });
      owner.collector
        .registerCounter('a_total', '', { labelNames: ['n'] })
        .increment(5, { n: 'x' });
      const thread = owner.join(link);
      const nested = await thread.nested(link);
      await owner.kill();
      for (const one of [nested, thread]) {
        await one.count(100);
        await one.ask('flush');
      }
      await eventually(() => total(owner), 205);
      await owner.collector.shutdown();
      for (const one of [nested, thread]) await one.terminate();
    }
  });
});

describe('what flush() has stored', () => {
  it.each(LINKS)('is not all while a thread has yet to follow, %s link', async (link) => {
    const { owner, thread } = await ownerAndThread(link);
    await thread.block();
    await owner.kill();
    const { collected, failures } = await owner.collector.flush();
    expect({ collected, failures }).toEqual({
      collected: false,
      failures: ['1 threads have not answered'],
    });
    thread.release();
    await joined(owner, 2);
    await eventually(async () => (await owner.collector.flush()).collected, true);
    await owner.collector.shutdown();
  });

  it.each(LINKS)('is there after a kill right after a replacement, %s link', async (link) => {
    const directory = await makeFolder();
    const source = `
      import { Worker } from 'node:worker_threads';
      import { TelemetryCollector } from ${JSON.stringify(library)};
      const script = new URL(${JSON.stringify(new URL('../../dist/worker.js', import.meta.url).href)});
      const program = new URL(${JSON.stringify(new URL('../threads/thread-program.mjs', import.meta.url).href)});
      const library = ${JSON.stringify(library)};
      const link = ${JSON.stringify(link)};
      let worker;
      const collector = new TelemetryCollector({
        link,
        logger: { warn() {}, error() {} },
        persist: { name: 'app', directory: ${JSON.stringify(directory)} },
        worker: () => (worker = new Worker(script, { execArgv: [] })),
      });
      const port = collector.createPort();
      const workerData = { library, port, link };
      const thread = new Worker(program, { workerData, transferList: [port], execArgv: [] });
      const ask = (what, details) => new Promise((resolve) => {
        thread.once('message', resolve);
        thread.postMessage({ id: 0, what, ...details });
      });
      await new Promise((resolve) => thread.once('message', resolve));
      await ask('record', { type: 'counter', name: 'a_total', n: 'x', amount: 1000 });
      await ask('flush');
      await ask('block', { gate: new SharedArrayBuffer(4) });
      await worker.terminate();
      // The successor has opened storage, written its record and answered.
      await collector.flush();
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const after = makeCollector({ persist: { name: 'app', directory } });
    after.registerCounter('a_total', '', { labelNames: ['n'] });
    expect(await sampleOf(after, 'a_total', { n: 'x' })).toBe(1000);
  });
});

describe('events of a thread', () => {
  it('that is ended while it is busy and the worker was replaced are counted as dropped', async () => {
    const { owner, thread } = await ownerAndThread('shared');
    await thread.ask('event');
    await thread.ask('flush');
    const busy: RealThread = thread;
    await busy.block();
    await owner.kill();
    expect(await sampleOf(owner.collector, 'telemetry_events_total')).toBe(1);
    await busy.terminate();
    await eventually(async () => (await owner.collector.getEvents()).length, 1);
    expect(await sampleOf(owner.collector, 'telemetry_events_total')).toBe(1);
    expect(await sampleOf(owner.collector, 'telemetry_events_dropped_total')).toBe(0);
    await owner.collector.shutdown();
  });
});
