import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FileExporter,
  type FileExporterOptions,
  PeriodicExporter,
  type TelemetryCollector,
} from 'utilityfog-telemetry';
import { describe, expect, it } from 'vitest';
import { appendToFile } from '../../src/storage/filesystem-append.ts';
import { FilesystemDurability } from '../../src/storage/filesystem-durability.ts';
import { errors, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

type Line = Readonly<Record<string, unknown>> & { readonly name: string };

const linesOf = async (file: string): Promise<Line[]> =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Reads comma-separated values as RFC 4180 describes them. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

async function exported(
  collector: TelemetryCollector,
  options: FileExporterOptions = {},
  times = 1,
): Promise<string> {
  const file = join(await makeFolder(), 'some', 'metrics.log');
  const exporter = new FileExporter(file, options);
  for (let i = 0; i < times; i++) {
    expect(await exporter.exportMetrics(collector)).toBe(true);
  }
  return file;
}

describe.each(LINKS)('FileExporter, %s link', (link) => {
  it('appends a line for each series, in JSON', async () => {
    const collector = makeCollector({ link, labels: { job: 'test' } });
    const jobs = collector.registerCounter('jobs_total', 'Jobs', { labelNames: ['queue'] });
    jobs.increment(1, { queue: 'a' });
    jobs.increment(2, { queue: 'b\n"' });
    collector.registerHistogram('h_seconds', '', { buckets: [1] }).observe(0.5);
    collector.registerGauge('g', '').set(Infinity);
    const file = await exported(collector, {}, 2);
    const lines = await linesOf(file);
    const series = lines.filter(({ name }) => name === 'jobs_total');
    expect(series.map(({ labels, value }) => [labels, value])).toEqual([
      ...[
        [{ job: 'test', queue: 'a' }, 1],
        [{ job: 'test', queue: 'b\n"' }, 2],
      ],
      ...[
        [{ job: 'test', queue: 'a' }, 1],
        [{ job: 'test', queue: 'b\n"' }, 2],
      ],
    ]);
    expect(lines.find(({ name }) => name === 'h_seconds')).toEqual({
      timestamp: expect.any(Number),
      ...{ name: 'h_seconds', type: 'histogram', labels: { job: 'test' } },
      ...{ count: 1, sum: 0.5, buckets: { '1': 1, '+Inf': 1 } },
      created: expect.any(Number),
    });
    expect(lines.find(({ name }) => name === 'g')).toMatchObject({ type: 'gauge', value: '+Inf' });
    const written = { job: 'test', exporter: 'file', outcome: 'success' };
    expect(await sampleOf(collector, 'telemetry_exports_total', written)).toBe(2);
  });
});

describe('FileExporter', () => {
  it('appends a row for each sample, in CSV, below one heading', async () => {
    const collector = makeCollector({ names: 'utf8' });
    const odd = { 'a"b,c': 'x,"y"\r\nz', plain: '1' };
    const labelNames = Object.keys(odd);
    collector.registerCounter('jobs.done', '', { labelNames }).increment(3, odd);
    collector.registerHistogram('h', '', { buckets: [1] }).observe(0.5);
    collector.registerSummary('s', '', { quantiles: [0.5] });
    const file = await exported(collector, { format: 'csv' }, 2);
    const [heading, ...rows] = cellsOf(await readFile(file, 'utf8'));
    expect(heading).toEqual(['timestamp', 'name', 'labels', 'value']);
    const of = (wanted: string) => rows.filter(([, name]) => name!.startsWith(wanted));
    const first = of('jobs')[0]!;
    expect(Number(first[0])).toBeGreaterThan(1.6e9);
    expect(first.slice(1)).toEqual(['jobs_done', expect.any(String), '3']);
    expect(JSON.parse(first[2]!)).toEqual({ a_b_c: odd['a"b,c'], plain: '1' });
    expect(of('jobs')).toHaveLength(2);
    const [one] = [of('h').slice(0, 4)];
    expect(one!.map(([, ...cells]) => cells)).toEqual([
      ['h_bucket', '{"le":"1"}', '1'],
      ['h_bucket', '{"le":"+Inf"}', '1'],
      ['h_sum', '{}', '0.5'],
      ['h_count', '{}', '1'],
    ]);
    expect(of('s')[0]!.slice(1)).toEqual(['s', '{"quantile":"0.5"}', 'NaN']);
    expect(rows.every(({ length }) => length === 4)).toBe(true);
  });

  it('lets a full file give way to a new one, and keeps as many older ones as it is told to', async () => {
    const collector = makeCollector();
    const count = collector.registerCounter('n_total', '');
    const folder = await makeFolder();
    const file = join(folder, 'metrics.csv');
    const exporter = new FileExporter(file, { format: 'csv', maxBytes: 1, keep: 2 });
    for (let i = 1; i <= 5; i++) {
      count.increment();
      expect(await exporter.exportMetrics(collector)).toBe(true);
    }
    expect((await readdir(folder)).sort()).toEqual([
      'metrics.csv',
      'metrics.csv.1',
      'metrics.csv.2',
    ]);
    for (const [name, value] of [
      ['metrics.csv', 5],
      ['metrics.csv.1', 4],
      ['metrics.csv.2', 3],
    ] as const) {
      const text = await readFile(join(folder, name), 'utf8');
      expect(text).toMatch(/^timestamp,name,labels,value\n/);
      expect(text.match(/n_total,\{\},(\d)/g)).toEqual([`n_total,{},${value}`]);
    }
  });

  it('keeps nothing but the present file if it is told so', async () => {
    const collector = makeCollector();
    const file = await exported(collector, { maxBytes: 1, keep: 0 }, 3);
    expect(await readdir(join(file, '..'))).toEqual(['metrics.log']);
  });

  it('writes all of an export or nothing, and goes on after a line that a crash has cut', async () => {
    const collector = makeCollector();
    collector.registerCounter('n_total', '').increment();
    const file = await exported(collector);
    const before = await linesOf(file);
    await appendFile(file, `{"timestamp":1,"name":"${'cut'.repeat(50_000)}`);
    expect(await new FileExporter(file).exportMetrics(collector)).toBe(true);
    const lines = await linesOf(file);
    expect(lines.slice(0, before.length)).toEqual(before);
    expect(lines.filter(({ name }) => name === 'n_total')).toHaveLength(2);
    await writeFile(file, 'no line has an end here');
    expect(await new FileExporter(file).exportMetrics(collector)).toBe(true);
    expect((await linesOf(file)).filter(({ name }) => name === 'n_total')).toHaveLength(1);
  });

  it('sets the permissions that it is told to', async () => {
    const file = await exported(makeCollector(), { mode: 0o600 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('counts and logs it if it cannot write', async () => {
    const collector = makeCollector();
    const folder = await makeFolder();
    expect(await new FileExporter(folder).exportMetrics(collector)).toBe(false);
    expect(logOf(collector).join()).toContain(folder);
    expect(await errors(collector, 'export')).toBe(1);
  });

  it('follows a link of this user to a file', async () => {
    const folder = await makeFolder();
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    await symlink(file, link);
    expect(await new FileExporter(link).exportMetrics(makeCollector())).toBe(true);
    expect((await linesOf(file)).length).toBeGreaterThan(0);
  });

  it('writes to a pipe as it is', async () => {
    const folder = await makeFolder();
    const pipe = join(folder, 'pipe');
    await once(spawn('mkfifo', [pipe]), 'exit');
    const reader = spawn('cat', [pipe]);
    const text = reader.stdout.setEncoding('utf8').toArray();
    const collector = makeCollector();
    const exporter = new FileExporter(pipe);
    await expect.poll(() => exporter.exportMetrics(collector)).toBe(true);
    expect(JSON.parse((await text).join('').split('\n')[0]!)).toHaveProperty('name');
    expect(await readdir(folder)).toEqual(['pipe']);
  });

  it('writes once more when the collector ends', async () => {
    const collector = makeCollector();
    const count = collector.registerCounter('n_total', '');
    const file = join(await makeFolder(), 'metrics.ndjson');
    await new PeriodicExporter(new FileExporter(file), collector).start();
    await expect.poll(() => stat(file).catch(() => false)).not.toBe(false);
    count.increment(7);
    await collector.shutdown();
    expect((await linesOf(file)).filter(({ name }) => name === 'n_total').at(-1)).toMatchObject({
      value: 7,
    });
  });

  it.each([
    [''],
    ['f', { format: 'xml' }],
    ['f', { maxBytes: 0 }],
    ['f', { maxBytes: 1.5 }],
    ['f', { maxAge: 0 }],
    ['f', { keep: -1 }],
    ['f', { mode: 0o1000 }],
  ])('refuses %j, %j', (path, options?) => {
    expect(() => new FileExporter(path, options as FileExporterOptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    );
  });
});

describe('appendToFile', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const durability = new FilesystemDurability();

  it('lets a file that is too old give way to a new one', async () => {
    const file = join(await makeFolder(), 'log');
    let now = Date.now();
    const options = { maxBytes: 100, maxAge: 60, keep: 1, durability, now: () => now };
    await appendToFile(file, [bytes('1\n')], options);
    now += 59_000;
    await appendToFile(file, [bytes('2\n')], options);
    expect(await readFile(file, 'utf8')).toBe('1\n2\n');
    now += 2_000;
    await appendToFile(file, [bytes('3\n')], options);
    expect(await readFile(file, 'utf8')).toBe('3\n');
    expect(await readFile(`${file}.1`, 'utf8')).toBe('1\n2\n');
  });

  it('takes back what was written before an error', async () => {
    const file = join(await makeFolder(), 'log');
    const options = { maxBytes: 1e6, maxAge: 60, keep: 1, durability };
    await appendToFile(file, [bytes('1\n')], options);
    // The system takes 1024 pieces at a time, and the last one is none.
    const pieces = [...Array.from({ length: 1024 }, () => bytes('x\n')), 'no bytes' as never];
    await expect(appendToFile(file, pieces, options)).rejects.toThrow();
    expect(await readFile(file, 'utf8')).toBe('1\n');
  });
});
