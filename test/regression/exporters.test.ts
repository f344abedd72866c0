import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  JSONExporter,
  MultiExporter,
  PeriodicExporter,
  PrometheusAdapter,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { LINKS, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

describe.each(LINKS)('a multi exporter that runs periodically, %s link', (link) => {
  it('says how each exporter fared', async () => {
    const folder = await makeFolder();
    const collector = makeCollector({ link });
    const good = new JSONExporter(join(folder, 'metrics.json'));
    const nested = new MultiExporter([new PrometheusAdapter(join(folder, 'metrics.prom'))]);
    await writeFile(join(folder, 'file'), '');
    const bad = new PrometheusAdapter(join(folder, 'file', 'no-folder'));
    const exporter = new MultiExporter([bad, good, nested]);
    expect(exporter.results).toEqual([]);
    const periodic = new PeriodicExporter(exporter, collector, { interval: 3600 });
    await periodic.start();
    await collector.flush();
    await collector.diagnostics();
    expect(exporter.results).toEqual([
      { exporter: bad, succeeded: false },
      { exporter: good, succeeded: true },
      { exporter: nested, succeeded: true },
    ]);
    await periodic.stop();
  });
});

describe('the path of a server', () => {
  it('may be given without its first slash', async () => {
    const collector = makeCollector();
    const { url } = await collector.serve({ port: 0, path: 'internal/metrics' });
    expect(url).toMatch(/:\d+\/internal\/metrics$/);
    expect((await fetch(url)).status).toBe(200);
    const handle = collector.handler({ path: 'metrics' });
    expect((await handle(new Request('http://localhost/metrics'))).status).toBe(200);
    expect((await handle(new Request('http://localhost/other'))).status).toBe(404);
  });
});

describe.each(LINKS)('a gauge that is registered again after hot reload, %s link', (link) => {
  it('is read by the callback of the new code', async () => {
    const collector = makeCollector({ link, onDuplicate: 'reuse' });
    const gauge = collector.registerGauge('g');
    expect(await sampleOf(collector, 'g')).toBe(0);
    expect(collector.registerGauge('g', '', { collect: () => 1 })).toBe(gauge);
    expect(await sampleOf(collector, 'g')).toBe(1);
    collector.registerGauge('g', '', { collect: () => 2 });
    expect(await sampleOf(collector, 'g')).toBe(2);
    collector.registerGauge('g');
    gauge.set(3);
    expect(await sampleOf(collector, 'g')).toBe(3);
  });
});
