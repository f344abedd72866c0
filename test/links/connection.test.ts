import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, logOf, makeCollector, sampleOf } from '../collectors.ts';

const script = new URL('../../dist/worker.js', import.meta.url);
const evaluated = (source: string) => new Worker(source, { eval: true });
/** A factory for workers, and the workers that it has made. */
function workerFactory(): { workers: Worker[]; worker: () => Worker } {
  const workers: Worker[] = [];
  const worker = () => {
    const made = new Worker(script);
    workers.push(made);
    return made;
  };
  return { workers, worker };
}

const exit = (worker: Worker) => new Promise((resolve) => worker.once('exit', resolve));

/** Answers the first call as comlink does, and ends at the second. */
const ANSWERS_ONCE = `
  require('node:worker_threads').parentPort.once('message', ({ id }) => {
    require('node:worker_threads').parentPort.postMessage({ id, type: 'RAW', value: undefined });
    require('node:worker_threads').parentPort.once('message', () => process.exit(3));
  });
`;

describe('the worker option', () => {
  it('starts the worker, and ends it at shutdown', async () => {
    let worker: Worker | undefined;
    const collector = makeCollector({ link: 'auto', worker: () => (worker = new Worker(script)) });
    collector.registerCounter('a_total').increment(2);
    expect(worker).toBeUndefined();
    expect(await sampleOf(collector, 'a_total')).toBe(2);
    expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
    const ended = exit(worker!);
    await collector.shutdown();
    await ended;
    expect(logOf(collector)).toEqual([]);
  });

  it('may start slowly', async () => {
    const slow = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000); import('${script}');`;
    const collector = makeCollector({ link: 'auto', worker: () => evaluated(slow) });
    collector.registerCounter('a_total').increment(2);
    expect(await sampleOf(collector, 'a_total')).toBe(2);
    expect(await collector.diagnostics()).toMatchObject({ link: 'shared', failed: [] });
  });

  it('is not used by an inline collector', async () => {
    const worker = () => {
      throw new Error('not to be called');
    };
    const collector = makeCollector({ link: 'inline', worker });
    collector.registerCounter('a_total').increment(2);
    expect(await sampleOf(collector, 'a_total')).toBe(2);
    expect(logOf(collector)).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('blocked by policy');
      },
      /blocked by policy/,
    ],
    [
      'returns no worker',
      (async () => {}) as never,
      /must return a Worker .*got \[object Promise\]/,
    ],
    ['returns nothing', (() => {}) as never, /must return a Worker .*got undefined/],
    ['returns one that ends at once', () => evaluated('process.exit(7)'), /ended with code 7/],
    ['returns one that fails', () => evaluated('throw new Error("boom")'), /boom/],
    ['returns one that ends before it is told what to do', () => evaluated(ANSWERS_ONCE), /code 3/],
    ['returns one that never answers', () => evaluated('setInterval(() => {}, 1000)'), /no answer/],
  ])('that %s makes way for the next', async (_, worker, reason) => {
    const collector = makeCollector({ link: 'auto', worker });
    const counter = collector.registerCounter('a_total');
    counter.increment(2);
    const [first, second] = await Promise.all([
      sampleOf(collector, 'a_total'),
      sampleOf(collector, 'a_total'),
    ]);
    expect([first, second]).toEqual([2, 2]);
    const { link, failed, threads } = await collector.diagnostics();
    expect({ link, threads }).toEqual({ link: 'shared', threads: 1 });
    expect(failed).toEqual([{ way: 'application', reason: expect.stringMatching(reason) }]);
    expect(logOf(collector)).toEqual([expect.stringMatching(reason)]);
    expect(await errors(collector, 'worker')).toBe(0);
  });
});

describe('a worker that dies', () => {
  it.each(['auto', 'message'] as const)(
    'is replaced, and no count is lost, %s link',
    async (link) => {
      const workers: Worker[] = [];
      const worker = () => {
        workers.push(new Worker(script));
        return workers.at(-1)!;
      };
      const collector = makeCollector({ link, worker, collectionInterval: 3600 });
      const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
      const histogram = collector.registerHistogram('h', '', { buckets: [1] });
      for (let n = 0; n < 100; n++) counter.increment(1, { n });
      histogram.observe(0.5);
      await collector.startCollection();
      const server = await collector.serve({ port: 0 });
      expect(await (await fetch(server.url)).text()).toContain('h_count 1\n');

      const ended = exit(workers[0]);
      await workers[0].terminate();
      await ended;
      for (let n = 0; n < 100; n++) counter.increment(1, { n });
      counter.remove({ n: 99 });
      histogram.observe(2);

      expect(await sampleOf(collector, 'a_total', { n: '5' })).toBe(2);
      expect(await sampleOf(collector, 'a_total', { n: '99' })).toBeUndefined();
      expect(await sampleOf(collector, 'h_bucket', { le: '1' })).toBe(1);
      expect(await sampleOf(collector, 'h_count')).toBe(2);
      expect(workers).toHaveLength(2);
      // The second worker is asked for what the first was asked for.
      expect((await collector.getSnapshot()).running).toBe(true);
      expect(await (await fetch(server.url)).text()).toContain('h_count 2\n');
      expect(logOf(collector)).toEqual([
        expect.stringContaining('worker failed, starting another'),
      ]);
      expect(await errors(collector, 'worker')).toBe(1);
    },
  );

  it('again and again, in the end leaves the collector in this thread', async () => {
    const { workers, worker } = workerFactory();
    const collector = makeCollector({ link: 'auto', worker });
    const counter = collector.registerCounter('a_total');
    for (let round = 1; round <= 3; round++) {
      counter.increment();
      expect(await sampleOf(collector, 'a_total')).toBe(round);
      expect(collector.link).toBe(round < 3 ? 'shared' : 'inline');
      const last = workers.at(-1)!;
      if (round === 3) break;
      const ended = exit(last);
      await last.terminate();
      await ended;
    }
    expect(workers).toHaveLength(2);
  });

  it('while it is being asked answers with an error, and the next question is answered', async () => {
    const { workers, worker } = workerFactory();
    const collector = makeCollector({ link: 'auto', worker });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    await collector.flush();
    const asked = collector.handler()(new Request('http://localhost/metrics'));
    void workers[0].terminate();
    expect([200, 503]).toContain((await asked).status);
    expect(await sampleOf(collector, 'a_total')).toBe(1);
  });
});

describe('a thread whose collector is gone', () => {
  it('is not kept waiting', async () => {
    const collector = makeCollector({ link: 'auto' });
    const thread = joinThread(collector);
    const counter = thread.registerCounter('a_total');
    counter.increment();
    await thread.flush();
    expect(await sampleOf(collector, 'a_total')).toBe(1);
    await collector.shutdown();
    counter.increment();
    thread.recordEvent('e', 1);
    await thread.flush();
    expect(await thread.getEvents()).toEqual([]);
    expect(counter.getValue().value).toBe(2);
    await thread.shutdown();
  });

  it('is not kept waiting when it was gone before', async () => {
    const collector = makeCollector({ link: 'auto' });
    await collector.shutdown();
    const thread = joinThread(collector);
    thread.registerCounter('a_total').increment();
    await thread.flush();
    expect((await thread.getSnapshot()).metrics).toEqual({});
  });
});
