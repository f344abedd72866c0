import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MetricsExporter, PeriodicExporter, type TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../src/collector/run-to-end.ts';
import type { CollectorServices } from '../../src/collector/services.ts';
import { SharedCollector } from '../../src/collector/shared-collector.ts';
import { encodeTotals } from '../../src/collector/totals-record.ts';
import { READING_KINDS } from '../../src/kinds/reading-kinds.ts';
import type { OwnerClient } from '../../src/protocol/client.ts';
import { Memory, memoryStorage } from '../../src/storage/memory.ts';
import { ManualClock } from '../collector/manual-clock.ts';
import { errors, joinThread, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

describe('shutdown', () => {
  it('gives exporters of the application the metrics once more, and not an empty snapshot', async () => {
    const seen: string[][] = [];
    class Exporter extends MetricsExporter {
      override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
        seen.push(Object.keys((await collector.getSnapshot()).metrics));
        return true;
      }
    }
    const collector = makeCollector();
    collector.registerCounter('a_total');
    await new PeriodicExporter(new Exporter(), collector, { interval: 60 }).start();
    await collector.shutdown();
    expect(seen.at(-1)).toContain('a_total');
  });

  it('writes what was recorded although nothing had needed the collector before', async () => {
    const directory = await makeFolder();
    const collector = makeCollector({ persist: { name: 'app', directory } });
    collector.registerCounter('a_total').increment();
    await collector.shutdown();
    expect((await readdir(directory)).filter((file) => file.endsWith('.telemetry'))).toHaveLength(
      1,
    );
  });

  it('of a thread ends although its collector has ended before', async () => {
    const main = makeCollector({ link: 'shared' });
    const thread = joinThread(main);
    await thread.flush();
    await main.shutdown();
    await thread.flush();
    await thread.shutdown();
  });

  it('of a thread by messages does not keep that of the collector waiting', async () => {
    const milliseconds = async () => {
      const main = makeCollector();
      const thread = joinThread(main, { link: 'message' });
      await thread.flush();
      const start = performance.now();
      await Promise.all([main.shutdown(), thread.shutdown()]);
      return performance.now() - start;
    };
    // Each wait for the thread takes half a second, which may also happen on a busy machine.
    let quickest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20 && quickest > 400; i++) {
      quickest = Math.min(quickest, await milliseconds());
    }
    expect(quickest).toBeLessThan(400);
  });

  it('leaves a port that is made afterwards closed, so that nobody waits for an answer', async () => {
    const main = makeCollector();
    await main.shutdown();
    await joinThread(main).flush();
  });
});

describe('a worker', () => {
  it('that dies while it is told what to do is replaced by one, not by two', async () => {
    const source = `
      const { parentPort } = require('node:worker_threads');
      parentPort.once('message', ({ id }) => {
        parentPort.postMessage({ id, type: 'RAW', value: undefined });
        parentPort.once('message', () => process.exit(3));
      });`;
    const worker = () => new Worker(source, { eval: true });
    const collector = makeCollector({ link: 'auto', worker });
    collector.registerCounter('a_total').increment();
    expect(await sampleOf(collector, 'a_total')).toBe(1);
    expect((await collector.diagnostics()).failed).toHaveLength(1);
    expect(logOf(collector)).toHaveLength(1);
  });
});

describe('the log', () => {
  it('tells of storage that could not be opened, before any thread had joined', async () => {
    const file = join(await makeFolder(), 'file');
    await writeFile(file, '');
    const collector = makeCollector({ persist: { name: 'app', directory: file } });
    await collector.flush();
    expect(logOf(collector)).toEqual([expect.stringContaining('storage cannot be used')]);
  });
});

describe('a gauge whose callback never comes back', () => {
  it('does not keep copies from being posted', async () => {
    const collector = makeCollector({ link: 'message' });
    collector.registerGauge('g', '', { collect: () => new Promise(() => {}) });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    // On a busy machine the copy may not be there at the first look.
    while ((await sampleOf(collector, 'a_total')) !== 1);
  });
});

describe('storage that does not open for long', () => {
  it('holds up nothing, and what it held is added when it opens', async () => {
    const memory = new Memory();
    const stored = memoryStorage(memory);
    const earlier = await stored.open('app');
    const families = [{ name: 'a_total', type: 'counter' as const, labelNames: [], shape: {} }].map(
      (family) => ({ ...family, series: [[[], false, [5]] as const] }),
    );
    await earlier.write([encodeTotals({ families, events: [] })]);
    await earlier.close();

    let letOpen = () => {};
    const opening = new Promise<void>((resolve) => {
      letOpen = resolve;
    });
    const clock = new ManualClock();
    const warnings: string[] = [];
    const services = {
      clock,
      kinds: READING_KINDS,
      inSlices: async <R>(work: Iterator<void, R>) => runToEnd(work),
      storage: () => ({ ...stored, open: (name: string) => opening.then(() => stored.open(name)) }),
    } as unknown as CollectorServices;
    const owner = { warn: async (text: string) => void warnings.push(text) };
    const config = { interval: 30, labels: {}, eventLimit: 10, seriesLimit: 10 };
    const collector = new SharedCollector(
      {
        ...config,
        persist: { name: 'app' },
        mortal: false,
        handover: undefined,
        erased: [],
        parts: [],
      },
      services,
      owner as unknown as OwnerClient,
    );
    const opened = collector.open();
    await clock.pass(3);
    await opened;
    expect(warnings).toEqual([expect.stringContaining('has not opened')]);
    expect((await collector.status()).storage).toBe('memory');
    letOpen();
    await clock.pass(1);
    const [first] = [...memory.records.values()];
    expect(new TextDecoder().decode(first.bytes)).toContain('[[[],false,[5],0]]');
    await collector.shutdown();
    expect(warnings).toHaveLength(1);
  });
});

describe('storage that refuses every write', () => {
  it('is told of once, and counted each time', async () => {
    const directory = join(await makeFolder(), 'records');
    const collector = makeCollector({ persist: { name: 'app', directory } });
    await collector.flush();
    await rm(directory, { recursive: true });
    await writeFile(directory, '');
    for (let i = 0; i < 3; i++) await collector.flush();
    expect(logOf(collector)).toEqual([expect.stringContaining('writing to storage failed')]);
    expect(await errors(collector, 'storage')).toBe(3);
  });
});
