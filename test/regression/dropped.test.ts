/** Tests that nothing stays in memory of ended threads, of finished calls and of dropped collectors. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url);

/**
 * Runs a program that uses this package and can force garbage collection. Resolves to the JSON that it
 * prints.
 */
async function printed(program: string): Promise<Record<string, number>> {
  const args = ['--expose-gc', '--input-type=module', '-e', `${PRELUDE}${program}`];
  const { stdout } = await run(process.execPath, args, { cwd: root });
  return JSON.parse(stdout);
}

const PRELUDE = `
import { TelemetryCollector } from 'utilityfog-telemetry';
import threads from 'node:worker_threads';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
const options = { logger: { warn() {}, error() {} } };
/** Bytes in use once what can go has gone. */
async function used() {
  let least = Infinity;
  for (let i = 0; i < 10; i++) {
    await pause(20);
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}
/** Bytes that stay of each of so many, once the first have left what stays once. They should be less than \`most\`. */
async function perUse(count, most, use, first = 20) {
  for (let i = 0; i < first; i++) await use(i);
  const before = await used();
  for (let i = 0; i < count; i++) await use(i);
  // A port stays open until the answer to the last call over it has surely arrived.
  const deadline = Date.now() + 60_000;
  for (;;) {
    const bytes = (await used() - before) / count;
    if (bytes < most || Date.now() > deadline) return bytes;
  }
}
const print = (all) => console.log(JSON.stringify(all));
`;

describe('a collector that was dropped without shutdown()', () => {
  it.each([
    ['that nothing has needed', ''],
    ['that was read', 'await collector.getSnapshot();'],
    [
      'that was started and stopped',
      'await collector.startCollection(); await collector.stopCollection();',
    ],
    ['that was shut down', 'await collector.flush(); await collector.shutdown();'],
  ])('leaves nothing (%s)', async (_, use) => {
    const { bytes } = await printed(`
      const bytes = await perUse(200, 4000, async () => {
        const collector = new TelemetryCollector({ ...options, link: 'inline' });
        collector.registerCounter('a_total').increment();
        ${use}
      });
      print({ bytes });`);
    // Timers once held the pages and everything else: 33 kB.
    expect(bytes).toBeLessThan(4000);
  });

  it('ends its worker', async () => {
    const { started, ended } = await printed(`
      let started = 0, ended = 0;
      threads.Worker = class extends threads.Worker {
        constructor(...args) {
          super(...args);
          started++;
          this.on('exit', () => ended++);
        }
      };
      const dropOne = async () => {
        const collector = new TelemetryCollector(options);
        collector.registerCounter('a_total').increment();
        await collector.getSnapshot();
      };
      for (let i = 0; i < 3; i++) await dropOne();
      const deadline = Date.now() + 60_000;
      while (ended < started && Date.now() < deadline) {
        await pause(20);
        globalThis.gc();
      }
      print({ started, ended });`);
    expect({ started, ended }).toEqual({ started: 3, ended: 3 });
  });

  it('goes on where it was asked to: it answers scrapes, and runs', async () => {
    const { status, ran } = await printed(`
      let ran = 0;
      const url = await (async () => {
        const collector = new TelemetryCollector({ ...options, collectionInterval: 0.05 });
        collector.addHook('collection', () => ran++);
        await collector.startCollection();
        return (await collector.serve({ port: 0 })).url;
      })();
      await used();
      const before = ran;
      while (ran < before + 2) await pause(10);
      const { status } = await fetch(url);
      print({ status, ran });`);
    expect(status).toBe(200);
    expect(ran).toBeGreaterThan(1);
  });
});

describe('what is over', () => {
  it('leaves nothing: collection that is started and stopped, schedules and listeners that are refused', async () => {
    const { bytes } = await printed(`
      const collector = new TelemetryCollector({ ...options, link: 'inline' });
      const { url } = await collector.serve({ port: 0 });
      const taken = { port: Number(new URL(url).port) };
      const use = async (i) => {
        await collector.startCollection();
        await collector.stopCollection();
        if (i % 10 === 0) await collector.serve(taken).catch(() => {});
      };
      const bytes = await perUse(4000, 60, use, 1000);
      print({ bytes });
      await collector.shutdown();`);
    expect(bytes).toBeLessThan(60);
  });
});

describe('a joined thread that has ended', () => {
  it('leaves nothing on either side once it has shut down', async () => {
    const { bytes } = await printed(`
      const owner = new TelemetryCollector({ ...options, link: 'inline' });
      const use = async () => {
        const port = owner.createPort();
        const thread = TelemetryCollector.connect(port, options);
        thread.registerCounter('a_total').increment();
        await thread.flush();
        await thread.shutdown();
        while ((await owner.diagnostics()).threads > 1) await turn();
      };
      const bytes = await perUse(300, 3000, use);
      print({ bytes });
      await owner.shutdown();`);
    // Both sides once held each other: 20 kB.
    expect(bytes).toBeLessThan(3000);
  });
});

describe('many collectors', () => {
  it('start a few workers at a time, and each has one', async () => {
    const { most, shared } = await printed(`
      let starting = 0, most = 0;
      threads.Worker = class extends threads.Worker {
        constructor(...args) {
          super(...args);
          most = Math.max(most, ++starting);
          this.once('message', () => starting--);
        }
      };
      const all = Array.from({ length: 16 }, () => new TelemetryCollector(options));
      await Promise.all(all.map((collector) => collector.getSnapshot()));
      const shared = all.filter(({ link }) => link === 'shared').length;
      await Promise.all(all.map((collector) => collector.shutdown()));
      print({ most, shared });`);
    expect(most).toBeLessThanOrEqual(4);
    expect(shared).toBe(16);
  });
});
