/** Tests exporters of the application that wait for what waits for them, or that never come back. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  MetricsExporter,
  MultiExporter,
  PeriodicExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, joinThread, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { bun, deno, node20, type ServerRuntime } from '../runtimes/server-runtimes.ts';

const built = new URL('../../dist/node.js', import.meta.url).href;
const HOUR = 3600;

class Exporter extends MetricsExporter {
  calls = 0;
  constructor(
    readonly work: (collector: TelemetryCollector, call: number) => Promise<unknown>,
    override readonly exportTimeout?: number,
  ) {
    super();
  }
  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    return (await this.work(collector, ++this.calls)) !== false;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const ASKING: Readonly<Record<string, (collector: TelemetryCollector) => Promise<unknown>>> = {
  'at once': (collector) => collector.flush(),
  'after it has read': async (collector) => {
    await collector.getSnapshot();
    await turn();
    return collector.flush();
  },
  'several times': async (collector) => {
    await Promise.all([collector.flush(), turn().then(() => collector.flush())]);
    await collector.flush();
  },
};

describe.each(LINKS)('an exporter that flushes, %s link', (link) => {
  it.each(Object.keys(ASKING))('%s is not waited for by itself', async (when) => {
    const collector = makeCollector({ link });
    const exporter = new Exporter(ASKING[when]!);
    const other = new Exporter(ASKING[when]!);
    await new PeriodicExporter(exporter, collector, { interval: HOUR }).start();
    await new PeriodicExporter(other, collector, { interval: HOUR }).start();
    const outcome = await collector.flush();
    expect(outcome).toMatchObject({ exported: true, failures: [] });
    expect(await collector.flush()).toMatchObject({ exported: true, failures: [] });
    expect(exporter.calls).toBe(3);
    await collector.shutdown();
    expect([exporter.calls, other.calls]).toEqual([4, 4]);
    expect(logOf(collector)).toEqual([]);
  });

  it('may do so from a thread that joined, and for what another exporter has begun', async () => {
    const collector = makeCollector({ link });
    const thread = joinThread(collector, { link: link === 'inline' ? 'shared' : link });
    const both = [collector, thread].map((one) => new Exporter(() => one.flush()));
    await new PeriodicExporter(both[0]!, collector, { interval: HOUR }).start();
    await new PeriodicExporter(both[1]!, thread, { interval: HOUR }).start();
    for (const one of [collector, thread, collector]) {
      expect(await one.flush()).toMatchObject({ exported: true, failures: [] });
    }
  });

  it('may shut down, also while that is what has begun it', async () => {
    for (const before of [0, 1]) {
      const collector = makeCollector({ link });
      const ended: string[] = [];
      const exporter = new Exporter(async (one, call) => {
        await turn();
        if (call > before) await one.shutdown();
        ended.push(`export ${call}`);
      });
      await new PeriodicExporter(exporter, collector, { interval: HOUR }).start();
      if (before > 0) await expect.poll(() => ended).toEqual(['export 1']);
      await collector.shutdown();
      if (before > 0) expect(ended).toEqual(['export 1', 'export 2']);
      expect(logOf(collector)).toEqual([]);
    }
  });

  it('is still waited for by the application', async () => {
    const collector = makeCollector({ link });
    const ends: (() => void)[] = [];
    const exporter = new Exporter(async (_, call) => {
      if (call <= 2) await new Promise<void>((resolve) => ends.push(resolve));
    });
    await new PeriodicExporter(exporter, collector, { interval: HOUR }).start();
    await expect.poll(() => ends).toHaveLength(1);
    let isFlushed = false;
    const flushing = collector.flush().then((outcome) => {
      isFlushed = true;
      return outcome;
    });
    await collector.getSnapshot();
    ends[0]!();
    await expect.poll(() => ends).toHaveLength(2);
    expect(isFlushed).toBe(false);
    ends[1]!();
    expect(await flushing).toMatchObject({ exported: true });
  });
});

describe.each(LINKS)('an exporter that never comes back, %s link', (link) => {
  it('is given up, counted and named, and asked again', async () => {
    const collector = makeCollector({ link });
    const exporter = new Exporter(
      async (_, call) => (call <= 2 ? new Promise(() => {}) : true),
      0.05,
    );
    await new PeriodicExporter(exporter, collector, { interval: 0.02 }).start();
    await expect.poll(() => exporter.calls).toBeGreaterThan(3);
    expect(await errors(collector, 'export_late')).toBe(2);
    const labels = { exporter: 'Exporter', outcome: 'failure' };
    expect(await sampleOf(collector, 'telemetry_exports_total', labels)).toBe(2);
    expect(logOf(collector)).toEqual([
      expect.stringContaining('Exporter has not settled after 0.05 seconds'),
    ]);
  });

  it('holds up no other part of a multi exporter', async () => {
    const collector = makeCollector({ link });
    const stuck = new Exporter(() => new Promise(() => {}), 0.05);
    const works = new Exporter(async () => true);
    const multi = new MultiExporter([stuck, works]);
    expect(await multi.exportMetrics(collector)).toBe(true);
    expect(multi.results.map(({ succeeded }) => succeeded)).toEqual([false, true]);
  });

  it('does not pile up, and is asked again once one has settled', async () => {
    const collector = makeCollector({ link });
    const ends: (() => void)[] = [];
    const exporter = new Exporter(() => new Promise<void>((end) => ends.push(end)), 0.01);
    await new PeriodicExporter(exporter, collector, { interval: 0.01 }).start();
    await expect.poll(() => errors(collector, 'export_late')).toBeGreaterThan(15);
    expect(exporter.calls).toBe(10);
    ends[0]!();
    await expect.poll(() => exporter.calls).toBe(11);
  });
});

/** Resolves to what a process prints at its end. */
async function output({ command, args }: ServerRuntime, link: string, script: string) {
  const file = join(await makeFolder(), 'main.mjs');
  const text = `
    import { MetricsExporter, PeriodicExporter, TelemetryCollector } from ${JSON.stringify(built)};
    const logged = [];
    const logger = { warn: (message) => logged.push(message), error() {} };
    const collector = new TelemetryCollector({ link: '${link}', logger });
    let calls = 0;
    let timeout;
    class Own extends MetricsExporter {
      exportTimeout = timeout;
      exportMetrics() {
        calls++;
        return work();
      }
    }
    process.on('exit', () => console.log(calls, ...new Set(logged)));
    const start = () => new PeriodicExporter(new Own(), collector, { interval: 3600 }).start();
    ${script}`;
  await writeFile(file, text);
  return (await promisify(execFile)(command, [...args, file], { timeout: 100_000 })).stdout.trim();
}

describe.each([node20, bun, deno])('in $name the process ends', (runtime) => {
  it.each(LINKS)('although an exporter flushes, %s link', async (link) => {
    const script = `
      async function work() {
        await collector.getSnapshot();
        logged.push(...(await collector.flush()).failures);
        return true;
      }
      await start();
      logged.push(...(await collector.flush()).failures);`;
    // It runs at once, in the flush, and at the end.
    expect(await output(runtime, link, script)).toMatch(/^[23]$/);
  });

  it.each(LINKS)('although an exporter never comes back, %s link', async (link) => {
    const script = `
      const work = () => new Promise(() => {});
      timeout = 0.1;
      await start();`;
    // The failure is counted, but that is no reason to flush again.
    expect(await output(runtime, link, script)).toMatch(/^[12]( .*has not settled after 0.1.*)?$/);
  });
});
