/** Tests that relative paths keep the meaning that they had when the collector or the exporter was made. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JSONExporter, PeriodicExporter, PrometheusAdapter } from 'utilityfog-telemetry';
import { keyValueStorage } from 'utilityfog-telemetry/edge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { makeFolder } from '../folder.ts';

const home = process.cwd();
let before = '';
let after = '';
beforeEach(async () => {
  [before, after] = [await makeFolder(), await makeFolder()];
  process.chdir(before);
});
afterEach(() => process.chdir(home));

describe.each(LINKS)('a process that changes its directory, %s link', (link) => {
  it.each([
    ['that was given', { name: 'app', directory: 'records' }, 'records'],
    ['unless one is given', { name: 'app' }, '.utilityfog-telemetry'],
  ])('keeps its totals in the directory %s', async (_, persist, directory) => {
    for (const when of ['before anything is asked for', 'after the start']) {
      const collector = makeCollector({ link, persist });
      if (when === 'after the start') await collector.startCollection();
      process.chdir(after);
      collector.registerCounter('a_total').increment(3);
      await collector.flush();
      await collector.shutdown();
      process.chdir(before);
    }
    expect(await readdir(after)).toEqual([]);
    expect(await readdir(before)).toEqual([directory]);
    const next = makeCollector({ link, persist });
    next.registerCounter('a_total');
    expect(await sampleOf(next, 'a_total')).toBe(6);
  });

  it('exports to the directory in which the exporter was made', async () => {
    const collector = makeCollector({ link });
    collector.registerCounter('a_total').increment();
    const exporters = [new PrometheusAdapter(), new JSONExporter('out/a.json')];
    process.chdir(after);
    for (const exporter of exporters) {
      expect(await exporter.exportMetrics(collector)).toBe(true);
      await new PeriodicExporter(exporter, collector).start();
    }
    await collector.flush();
    expect(await readdir(after)).toEqual([]);
    expect((await readdir(before)).sort()).toEqual(['metrics.prom', 'out']);
  });
});

it('a key in a storage of the application stays as it was given', async () => {
  const place = mapPlace(false);
  const collector = makeCollector({ persist: { name: 'app', storage: keyValueStorage(place) } });
  expect(await new PrometheusAdapter('metrics.prom').exportMetrics(collector)).toBe(true);
  expect(await place.get('metrics.prom')).toBeDefined();
  expect(await readdir(join(before))).toEqual([]);
});
