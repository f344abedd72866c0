import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatJSON,
  formatPrometheus,
  JSONExporter,
  MetricsExporter,
  MultiExporter,
  PrometheusAdapter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { errors, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { parseText } from '../formats/text-parser.ts';

function recorded(link: (typeof LINKS)[number] = 'inline'): TelemetryCollector {
  const collector = makeCollector({ link });
  collector.registerCounter('a_total', 'A').increment(3);
  collector.registerHistogram('h', '', { buckets: [1] }).observe(0.5);
  return collector;
}

const exports = (collector: TelemetryCollector, exporter: string, outcome: string) =>
  sampleOf(collector, 'telemetry_exports_total', { exporter, outcome });

describe.each(LINKS)('PrometheusAdapter, %s link', (link) => {
  it('writes what formatPrometheus returns, and counts it', async () => {
    const collector = recorded(link);
    const file = join(await makeFolder(), 'metrics.prom');
    expect(await new PrometheusAdapter(file).exportMetrics(collector)).toBe(true);
    const text = await readFile(file, 'utf8');
    expect(text.startsWith('# HELP a_total A\n# TYPE a_total counter\na_total 3\n')).toBe(true);
    const named = (exposition: string) => parseText(exposition).samples.map(({ name }) => name);
    const without = (names: string[]) => names.filter((name) => !name.includes('exports'));
    expect(without(named(text))).toEqual(without(named(await formatPrometheus(collector))));
    expect(await exports(collector, 'prometheus', 'success')).toBe(1);
  });
});

describe('JSONExporter', () => {
  it('writes what formatJSON returns, on one line or indented', async () => {
    const collector = recorded();
    const folder = await makeFolder();
    const [plain, pretty] = [join(folder, 'plain.json'), join(folder, 'pretty.json')];
    expect(await new JSONExporter(plain).exportMetrics(collector)).toBe(true);
    expect(await new JSONExporter(pretty, { pretty: true }).exportMetrics(collector)).toBe(true);
    const oneLine = await readFile(plain, 'utf8');
    const indented = await readFile(pretty, 'utf8');
    expect(oneLine.trimEnd()).not.toContain('\n');
    expect(indented).toMatch(/^\{\n {2}"timestamp"/);
    for (const text of [oneLine, indented, await formatJSON(collector)]) {
      expect(JSON.parse(text)).toMatchObject({
        timestamp: expect.any(Number),
        metrics: {
          a_total: { value: 3, labels: {} },
          h: { count: 1, sum: 0.5, buckets: { '1': 1, '+Inf': 1 } },
        },
        events_count: 0,
        running: false,
      });
    }
    expect(await formatJSON(collector, { pretty: true })).toContain('\n  "metrics"');
    expect(await exports(collector, 'json', 'success')).toBe(2);
  });
});

describe('an export to a file', () => {
  it('makes the directories that are missing', async () => {
    const file = join(await makeFolder(), 'some', 'where', 'metrics.prom');
    expect(await new PrometheusAdapter(file).exportMetrics(recorded())).toBe(true);
    expect(await readFile(file, 'utf8')).toContain('a_total 3\n');
  });

  it('leaves nothing else behind, and keeps the permissions of the file', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'metrics.prom');
    await writeFile(file, 'old', { mode: 0o640 });
    expect(await new PrometheusAdapter(file).exportMetrics(recorded())).toBe(true);
    expect(await readdir(folder)).toEqual(['metrics.prom']);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('replaces it in one step: a reader never sees a part', async () => {
    const collector = makeCollector({ link: 'shared' });
    const counter = collector.registerCounter('a_total', '', { labelNames: ['n'] });
    for (let n = 0; n < 2000; n++) counter.increment(1, { n });
    const exporter = new PrometheusAdapter(join(await makeFolder(), 'metrics.prom'));
    const file = join(await makeFolder(), 'metrics.prom');
    const adapter = new PrometheusAdapter(file);
    await adapter.exportMetrics(collector);
    let exporting = true;
    const writing = (async () => {
      for (let i = 0; i < 15; i++) {
        await Promise.all([adapter.exportMetrics(collector), exporter.exportMetrics(collector)]);
      }
      exporting = false;
    })();
    let reads = 0;
    while (exporting) {
      const text = await readFile(file, 'utf8');
      expect(text.match(/^a_total\{/gm)).toHaveLength(2000);
      expect(text).toMatch(/\ntelemetry_main_thread_stall_seconds [\d.]+\n$/);
      reads++;
    }
    await writing;
    expect(reads).toBeGreaterThan(15);
  });

  it('that fails is tried again, then logged and counted; it never throws', async () => {
    const folder = await makeFolder();
    await mkdir(join(folder, 'taken'));
    const collector = recorded();
    expect(await new PrometheusAdapter(join(folder, 'taken')).exportMetrics(collector)).toBe(false);
    expect(await exports(collector, 'prometheus', 'failure')).toBe(1);
    expect(await errors(collector, 'export')).toBe(1);
    expect(logOf(collector)).toEqual([expect.stringContaining(join(folder, 'taken'))]);
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it('after shutdown writes nothing', async () => {
    const folder = await makeFolder();
    const collector = recorded();
    await collector.shutdown();
    expect(await new JSONExporter(join(folder, 'x')).exportMetrics(collector)).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

/** This is an application's own format. */
class LineExporter extends MetricsExporter {
  readonly lines: string[] = [];

  override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
    const { metrics } = await collector.getSnapshot();
    this.lines.push(JSON.stringify(metrics.a_total));
    return true;
  }
}

class ThrowingExporter extends MetricsExporter {
  override exportMetrics(): Promise<boolean> {
    throw Symbol('no network');
  }
}

describe('an exporter of the application', () => {
  it('reads the snapshot and writes what it likes', async () => {
    const exporter = new LineExporter();
    expect(await exporter.exportMetrics(recorded())).toBe(true);
    expect(exporter.lines).toEqual([expect.stringContaining('"value":3')]);
  });

  it('may change one of the library', async () => {
    class Stamped extends JSONExporter {
      override async exportMetrics(collector: TelemetryCollector): Promise<boolean> {
        collector.registerGauge('stamp').set(1);
        return super.exportMetrics(collector);
      }
    }
    const file = join(await makeFolder(), 'x.json');
    expect(await new Stamped(file).exportMetrics(recorded())).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8')).metrics.stamp.value).toBe(1);
  });
});

describe('MultiExporter', () => {
  it('exports to all, and says who succeeded', async () => {
    const folder = await makeFolder();
    const collector = recorded();
    const good = new PrometheusAdapter(join(folder, 'a.prom'));
    const bad = new ThrowingExporter();
    const own = new LineExporter();
    const multi = new MultiExporter([good, bad, own]);
    expect(multi.results).toEqual([]);
    expect(await multi.exportMetrics(collector)).toBe(true);
    expect(multi.results).toEqual([
      { exporter: good, succeeded: true },
      { exporter: bad, succeeded: false },
      { exporter: own, succeeded: true },
    ]);
    expect(await errors(collector, 'export')).toBe(1);
    expect(logOf(collector)).toEqual([expect.stringContaining('ThrowingExporter failed')]);
  });

  it('fails if all do, or if there is none', async () => {
    const collector = recorded();
    expect(await new MultiExporter([new ThrowingExporter()]).exportMetrics(collector)).toBe(false);
    expect(await new MultiExporter([]).exportMetrics(collector)).toBe(false);
  });

  it('may contain another', async () => {
    const own = new LineExporter();
    const multi = new MultiExporter([new MultiExporter([own]), new ThrowingExporter()]);
    expect(await multi.exportMetrics(recorded())).toBe(true);
    expect(own.lines).toHaveLength(1);
  });
});
