import { once } from 'node:events';
import { readFile, rm, watch } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatPrometheus,
  JSONExporter,
  MetricsExporter,
  MultiExporter,
  PeriodicExporter,
  PrometheusAdapter,
  type TelemetryCollector,
  TelemetryError,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const HOUR = 3600;
const QUICK = 0.02;

/** Exports into a list, and lets the test wait for it. */
class OwnExporter extends MetricsExporter {
  readonly values: unknown[] = [];
  readonly #events = new EventTarget();

  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    const { metrics } = await collector.getSnapshot();
    this.values.push((metrics.a_total as { value?: number } | undefined)?.value);
    this.#events.dispatchEvent(new Event('export'));
    return true;
  }

  async times(count: number): Promise<void> {
    while (this.values.length < count) await once(this.#events, 'export');
  }
}

class ThrowingExporter extends MetricsExporter {
  calls = 0;
  override exportMetrics(): Promise<boolean> {
    this.calls++;
    throw new Error('no network');
  }
}

async function written(folder: string, file: string): Promise<void> {
  for await (const { filename } of watch(folder)) if (filename === file) return;
}

describe.each(LINKS)('a periodic export, %s link', (link) => {
  it('of the library writes at once and then again and again', async () => {
    const folder = await makeFolder();
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    counter.increment();
    const file = join(folder, 'metrics.prom');
    const first = written(folder, 'metrics.prom');
    const periodic = new PeriodicExporter(new PrometheusAdapter(file), collector, {
      interval: QUICK,
    });
    expect(periodic.running).toBe(false);
    await periodic.start();
    expect(periodic.running).toBe(true);
    await first;
    expect(await readFile(file, 'utf8')).toContain('a_total 1\n');
    counter.increment();
    // An export that is under way may still write the earlier values.
    await expect.poll(() => readFile(file, 'utf8')).toContain('a_total 2\n');
    await periodic.stop();
    expect(periodic.running).toBe(false);
    await collector.flush();
    await rm(file);
    await collector.flush();
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('of the application runs in its thread, and is counted under its name', async () => {
    const collector = makeCollector({ link });
    collector.registerCounter('a_total').increment(5);
    const exporter = new OwnExporter();
    const periodic = new PeriodicExporter(exporter, collector, { interval: QUICK });
    await periodic.start();
    await exporter.times(3);
    await periodic.stop();
    const { length } = exporter.values;
    await collector.flush();
    expect(exporter.values).toEqual(new Array(length).fill(5));
    const labels = { exporter: 'OwnExporter', outcome: 'success' };
    expect(await sampleOf(collector, 'telemetry_exports_total', labels)).toBe(length);
  });

  it('has its last export at shutdown, with all that was recorded', async () => {
    const file = join(await makeFolder(), 'metrics.json');
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    const own = new OwnExporter();
    for (const exporter of [own, new MultiExporter([own, new JSONExporter(file)])]) {
      await new PeriodicExporter(exporter, collector, { interval: HOUR }).start();
    }
    counter.increment(7);
    await collector.shutdown();
    expect(own.values.slice(-2)).toEqual([7, 7]);
    expect(JSON.parse(await readFile(file, 'utf8')).metrics.a_total.value).toBe(7);
    expect(logOf(collector)).toEqual([]);
  });

  it('is part of flush', async () => {
    const file = join(await makeFolder(), 'metrics.prom');
    const collector = makeCollector({ link });
    const counter = collector.registerCounter('a_total');
    await new PeriodicExporter(new PrometheusAdapter(file), collector, { interval: HOUR }).start();
    for (let i = 1; i < 5; i++) {
      counter.increment();
      await collector.flush();
      expect(await readFile(file, 'utf8')).toContain(`a_total ${i}\n`);
    }
  });
});

describe('a periodic export', () => {
  it('started twice runs once, and may be stopped and started again', async () => {
    const collector = makeCollector();
    collector.registerCounter('a_total');
    const exporter = new OwnExporter();
    const periodic = new PeriodicExporter(exporter, collector, { interval: HOUR });
    await Promise.all([periodic.start(), periodic.start()]);
    await periodic.start();
    await exporter.times(1);
    await periodic.stop();
    await periodic.stop();
    await collector.flush();
    expect(exporter.values).toHaveLength(1);
    await periodic.start();
    await exporter.times(2);
    await collector.flush();
    expect(exporter.values).toHaveLength(3);
  });

  it('that throws goes on, counted each time and told of once', async () => {
    const collector = makeCollector();
    const exporter = new ThrowingExporter();
    await new PeriodicExporter(exporter, collector, { interval: HOUR }).start();
    await collector.flush();
    await collector.flush();
    expect(exporter.calls).toBe(3);
    const labels = { exporter: 'ThrowingExporter', outcome: 'failure' };
    expect(await sampleOf(collector, 'telemetry_exports_total', labels)).toBe(3);
    expect(await errors(collector, 'export')).toBe(3);
    expect(logOf(collector)).toEqual([expect.stringContaining('no network')]);
  });

  it('of several is each on its own: one that fails holds up no other', async () => {
    const folder = await makeFolder();
    const collector = makeCollector();
    collector.registerCounter('a_total').increment();
    const multi = new MultiExporter([
      new PrometheusAdapter(join(folder, 'a.prom')),
      new JSONExporter(join(folder, 'a.json')),
    ]);
    await new PeriodicExporter(multi, collector, { interval: HOUR }).start();
    await collector.flush();
    expect(await readFile(join(folder, 'a.prom'), 'utf8')).toContain('a_total 1\n');
    expect(JSON.parse(await readFile(join(folder, 'a.json'), 'utf8'))).toHaveProperty('metrics');
  });

  it('may ask for metrics that it registers itself', async () => {
    const collector = makeCollector();
    class Counting extends MetricsExporter {
      override async exportMetrics(): Promise<boolean> {
        collector.registerCounter('exported_total').increment();
        return (await formatPrometheus(collector)).includes('exported_total 1\n');
      }
    }
    await new PeriodicExporter(new Counting(), collector, { interval: HOUR }).start();
    await collector.flush();
    const labels = { exporter: 'Counting', outcome: 'success' };
    expect(await sampleOf(collector, 'telemetry_exports_total', labels)).toBe(1);
  });

  it('does nothing after shutdown', async () => {
    const collector = makeCollector();
    await collector.shutdown();
    const exporter = new OwnExporter();
    const periodic = new PeriodicExporter(exporter, collector, { interval: QUICK });
    await periodic.start();
    await periodic.stop();
    expect(exporter.values).toEqual([]);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the interval %s', (interval) => {
    const make = () => new PeriodicExporter(new OwnExporter(), makeCollector(), { interval });
    expect(make).toThrow(TelemetryError);
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});
