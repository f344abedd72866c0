/** Tests that a subclass of a library exporter stays in the worker, unless it exports by itself. */
import { join } from 'node:path';
import {
  JSONExporter,
  MultiExporter,
  PeriodicExporter,
  PrometheusAdapter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { makeCollector, samplesOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

class NamedJSON extends JSONExporter {
  constructor(folder: string) {
    super(join(folder, 'named.json'), { pretty: true });
  }
}

class NamedText extends PrometheusAdapter {
  readonly site = 'eu';
}

class Everything extends MultiExporter {
  get failed(): boolean {
    return this.results.some(({ succeeded }) => !succeeded);
  }
}

/**
 * Resolves to who has exported, by the counts. Exports of the application count under the name of its
 * class.
 */
async function exportersAfterOne(collector: TelemetryCollector, periodic: PeriodicExporter) {
  await periodic.start();
  await collector.flush();
  await periodic.stop();
  const samples = await samplesOf(collector, 'telemetry_exports_total');
  return samples.filter(({ value }) => value > 0).map(({ labels }) => labels.exporter);
}

describe('a subclass that leaves exportMetrics as it is', () => {
  it.each([
    ['JSONExporter', (folder: string) => new NamedJSON(folder), ['json']],
    ['PrometheusAdapter', (folder: string) => new NamedText(join(folder, 'a')), ['prometheus']],
    [
      'MultiExporter',
      (folder: string) => new Everything([new NamedJSON(folder), new NamedText(join(folder, 'a'))]),
      ['json', 'prometheus'],
    ],
  ])('of %s is run by the collector', async (_, make, names) => {
    const collector = makeCollector({ link: 'shared' });
    const exporter = make(await makeFolder());
    const exporters = await exportersAfterOne(collector, new PeriodicExporter(exporter, collector));
    expect(exporters.sort()).toEqual(names);
    expect(await exporter.exportMetrics(collector)).toBe(true);
  });
});

describe('a subclass that exports by itself', () => {
  class Method extends JSONExporter {
    calls = 0;
    override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
      this.calls++;
      return super.exportMetrics(collector);
    }
  }

  class Field extends PrometheusAdapter {
    calls = 0;
    override exportMetrics = async () => ++this.calls > 0;
  }

  class Several extends MultiExporter {
    calls = 0;
    override async exportMetrics(): Promise<boolean> {
      return ++this.calls > 0;
    }
  }

  it.each([
    ['a method', (folder: string) => new Method(join(folder, 'a'))],
    ['a field', () => new Field()],
    ['several exporters', () => new Several([new PrometheusAdapter()])],
  ])('is called, with %s', async (_, make) => {
    const collector = makeCollector({ link: 'shared' });
    const exporter = make(await makeFolder());
    const periodic = new PeriodicExporter(exporter, collector);
    expect(await exportersAfterOne(collector, periodic)).toContain(exporter.constructor.name);
    expect(exporter.calls).toBeGreaterThan(0);
  });
});
