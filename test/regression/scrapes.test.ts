/**
 * Tests what clients of the listener can make it do: a client that has left costs no more than one that
 * stays.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import { SharedAnswers } from '../../src/collector/shared-answers.ts';
import type { Format } from '../../src/formats/format.ts';
import { rendering } from '../../src/formats/rendering.ts';
import { makeCollector, sampleOf } from '../collectors.ts';

const sockets: Socket[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function connected(url: string): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const requests = (count: number, headers = '') =>
  `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`.repeat(count);

describe('serve()', () => {
  it.each(['Accept-Encoding: gzip\r\n', 'Accept: application/json\r\nAccept-Encoding: gzip\r\n'])(
    'makes no exposition for each request of a client that has gone (%j)',
    async (headers) => {
      const collector = makeCollector();
      const { url } = await collector.serve({ port: 0 });
      let made = 0;
      const { CompressionStream: Real } = globalThis;
      const Counting = class extends Real {
        constructor(format: CompressionFormat) {
          super(format);
          made++;
        }
      };
      vi.stubGlobal('CompressionStream', Counting);
      const socket = await connected(url);
      await new Promise((resolve) => socket.write(requests(1000, headers), resolve));
      socket.destroy();
      // Another client is answered after everything that was begun for the first.
      expect((await fetch(url)).status).toBe(200);
      expect((await fetch(url, { headers: { accept: 'application/json' } })).status).toBe(200);
      expect(made).toBeLessThan(10);
    },
  );

  it('answers a client that asks for too much at once with 503, and says when to ask again', async () => {
    const { url } = await makeCollector().serve({ port: 0 });
    const socket = await connected(url);
    let text = '';
    socket.setEncoding('latin1');
    const all = new Promise<void>((resolve) => {
      socket.on('data', (data) => {
        text += data;
        if (text.match(/^HTTP\/1\.1 /gm)?.length === 100) resolve();
      });
    });
    socket.write(requests(100));
    await all;
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
    expect(new Set(statuses)).toEqual(new Set(['200', '503']));
    expect(text).toMatch(/retry-after: 1/i);
    expect((await fetch(url)).status).toBe(200);
  });

  it('makes few answers, however many different times scrapers say that they wait', async () => {
    const collector = makeCollector();
    let answer = (_: number) => {};
    let calls = 0;
    const reading = new Promise<number>((resolve) => {
      answer = resolve;
    });
    collector.registerGauge('slow', '', { collect: () => ++calls && reading });
    const { url } = await collector.serve({ port: 0 });
    let made = 0;
    const { CompressionStream: Real } = globalThis;
    const Counting = class extends Real {
      constructor(format: CompressionFormat) {
        super(format);
        made++;
      }
    };
    vi.stubGlobal('CompressionStream', Counting);
    let requests = 0;
    const begun = () => void requests++;
    subscribe('http.server.request.start', begun);
    onTestFinished(() => void unsubscribe('http.server.request.start', begun));
    const all = Array.from({ length: 40 }, async (_, i) => {
      const headers = { 'x-prometheus-scrape-timeout-seconds': `${60 + i}` };
      return (await fetch(url, { headers })).text();
    });
    // One that comes later has an answer of its own.
    await expect.poll(() => requests).toBe(40);
    await expect.poll(() => calls).toBeGreaterThan(0);
    answer(1);
    expect((await Promise.all(all)).every((text) => /^slow 1$/m.test(text))).toBe(true);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(20);
  });

  it('lets all who wait at the same time have what was recorded before', async () => {
    const collector = makeCollector();
    const jobs = collector.registerCounter('jobs_total');
    const { url } = await collector.serve({ port: 0 });
    const counts = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        jobs.increment();
        const text = await (await fetch(url)).text();
        return Number(/^jobs_total (\d+)/m.exec(text)?.[1]) > i;
      }),
    );
    expect(counts).toEqual(Array(30).fill(true));
    expect(await sampleOf(collector, 'jobs_total')).toBe(30);
  });

  it('closes connections that say nothing, and that do not say all', async () => {
    const { url } = await makeCollector().serve({ port: 0 });
    const silent = await connected(url);
    const slow = await connected(url);
    slow.write('GET /metrics HTTP/1.1\r\n');
    for (const socket of [silent, slow]) socket.resume();
    await Promise.all([once(silent, 'close'), once(slow, 'close')]);
  });
});

describe('an exposition', () => {
  it('gives its memory back where gzip fails', async () => {
    const done = vi.fn();
    const format: Format = {
      name: 'x',
      mediaTypes: [{ type: 'text/x', contentType: 'text/x' }],
      open: () => ({
        *write() {
          yield;
          return { pieces: [new Uint8Array(10)], done };
        },
      }),
    };
    const { choose, render } = rendering([format], async (work) => runToEnd(work));
    vi.stubGlobal('CompressionStream', function none() {
      throw new Error('there is no gzip');
    });
    const snapshot = { timestamp: 1, families: [], eventsCount: 0, running: false };
    await expect(render(snapshot, choose({ gzip: true }))).rejects.toThrow('there is no gzip');
    expect(done).toHaveBeenCalledOnce();
  });
});

describe('shared answers', () => {
  /** Makes answers that are finished when the test says so. */
  function asked(most = 100) {
    const answers = new SharedAnswers<{ n: number; done: () => void }>(most);
    const made: ((outcome?: Error) => void)[] = [];
    const done: number[] = [];
    const begin = () =>
      new Promise<{ n: number; done: () => void }>((resolve, reject) => {
        const n = made.length + 1;
        made.push((error) =>
          error ? reject(error) : resolve({ n, done: () => void done.push(n) }),
        );
      });
    return { ask: (signal?: AbortSignal) => answers.ask('what', begin, signal), made, done };
  }

  it('are begun after all have asked who get them', async () => {
    const { ask, made } = asked();
    const first = ask();
    const later = [ask(), ask(), ask()];
    made[0]();
    expect((await first).n).toBe(1);
    await expect.poll(() => made.length).toBe(2);
    made[1]();
    expect((await Promise.all(later)).map(({ n }) => n)).toEqual([2, 2, 2]);
    expect(made).toHaveLength(2);
  });

  it('are not begun for those who have gone', async () => {
    const { ask, made } = asked();
    const first = ask();
    const gone = new AbortController();
    const later = [ask(gone.signal), ask(gone.signal)];
    gone.abort(new Error('gone'));
    for (const one of later) await expect(one).rejects.toThrow('gone');
    await expect(ask(gone.signal)).rejects.toThrow('gone');
    made[0]();
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toHaveLength(1);
  });

  it('are made one after the other where they are different, and given up when all have gone', async () => {
    const answers = new SharedAnswers<{ n: string; done?: () => void }>(100);
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const ask = (n: string, signal?: AbortSignal) =>
      answers.ask(
        n,
        async (check) => {
          begun.push(n);
          await new Promise<void>((resolve) => ends.push(resolve));
          check();
          return { n };
        },
        signal,
      );
    const gone = new AbortController();
    const first = ask('a', gone.signal);
    const second = ask('b');
    await expect.poll(() => ends.length).toBe(1);
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    const third = ask('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(['a']);
    ends[0]();
    await expect.poll(() => ends.length).toBe(2);
    ends[1]();
    expect((await second).n).toBe('b');
    await expect.poll(() => ends.length).toBe(3);
    ends[2]();
    expect((await third).n).toBe('a');
    expect(begun).toEqual(['a', 'b', 'a']);
  });

  it('are done with once all are who have them', async () => {
    const { ask, made, done } = asked();
    const first = ask();
    const leaves = new AbortController();
    const later = [ask(), ask(), ask(leaves.signal)];
    later[2].catch(() => {});
    made[0]();
    (await first).done();
    expect(done).toEqual([1]);
    await expect.poll(() => made.length).toBe(2);
    leaves.abort();
    made[1]();
    const [a, b] = await Promise.all(later.slice(0, 2));
    a.done();
    a.done();
    expect(done).toEqual([1]);
    b.done();
    expect(done).toEqual([1, 2]);
  });

  it('refuse who is one too many, and take others after a failure', async () => {
    const { ask, made } = asked(2);
    const two = [ask(), ask()];
    await expect(ask()).rejects.toMatchObject({ name: 'TooManyAsk' });
    made[0](new Error('failed'));
    await expect(two[0]).rejects.toThrow('failed');
    await expect.poll(() => made.length).toBe(2);
    made[1]();
    expect((await two[1]).n).toBe(2);
    const third = ask();
    made[2]();
    expect((await third).n).toBe(3);
  });
});
