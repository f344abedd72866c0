import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MetricsExporter, PeriodicExporter, type TelemetryCollector } from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { joinThread, logOf, makeCollector, sampleOf } from '../collectors.ts';
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
    const main = makeCollector();
    const thread = joinThread(main, { link: 'message' });
    await thread.flush();
    const start = performance.now();
    await Promise.all([main.shutdown(), thread.shutdown()]);
    expect(performance.now() - start).toBeLessThan(400);
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
    expect(await sampleOf(collector, 'a_total')).toBe(1);
  });
});
