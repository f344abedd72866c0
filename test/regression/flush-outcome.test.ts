/** Tests what flush() and diagnostics() say while storage refuses, and that storing is tried again. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsExporter, PeriodicExporter, PrometheusAdapter } from 'utilityfog-telemetry';
import { TelemetryCollector as EdgeCollector, keyValueStorage } from 'utilityfog-telemetry/edge';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { joinThread, LINKS, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { mapPlace } from '../contracts/key-value-subject.ts';
import { makeFolder } from '../folder.ts';

const root = process.getuid?.() === 0 && process.platform === 'linux';

afterEach(() => {
  vi.restoreAllMocks();
});

function persistent(directory: string, options: object = {}) {
  const collector = makeCollector({ persist: { name: 'app', directory }, ...options });
  collector.registerCounter('a_total').increment(3);
  return collector;
}

/** Resolves to what a later process finds. */
async function kept(directory: string): Promise<number | undefined> {
  const next = makeCollector({ persist: { name: 'app', directory } });
  next.registerCounter('a_total');
  const total = await sampleOf(next, 'a_total');
  await next.shutdown();
  return total;
}

/** Makes a separate filesystem. */
async function mounted(options: string): Promise<string> {
  const disk = await mkdtemp(join(tmpdir(), 'telemetry-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  onTestFinished(async () => {
    execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true });
  });
  return disk;
}

describe.each(LINKS)('flush(), %s link', (link) => {
  it('says what it reached', async () => {
    const plain = makeCollector({ link });
    plain.registerCounter('a_total').increment();
    expect(await plain.flush()).toEqual({
      collected: true,
      stored: undefined,
      exported: undefined,
      failures: [],
    });
    const directory = await makeFolder();
    const collector = persistent(directory, { link });
    const adapter = new PrometheusAdapter(join(directory, 'out.prom'));
    await new PeriodicExporter(adapter, collector).start();
    const all = { collected: true, stored: true, exported: true, failures: [] };
    expect(await collector.flush()).toEqual(all);
    const status = await collector.diagnostics();
    expect(status.storage).toBe('filesystem');
    expect(status.storageFailure).toBeUndefined();
  });

  it('says that storage cannot be opened, and opens it once it can be', async () => {
    const directory = join(await makeFolder(), 'records');
    await writeFile(directory, 'no directory');
    const collector = persistent(directory, { link });
    const { stored, failures } = await collector.flush();
    expect({ stored, failures }).toEqual({ stored: false, failures: [expect.any(String)] });
    expect(failures[0]).toMatch(/not stored: .*EEXIST|ENOTDIR/);
    expect(await collector.diagnostics()).toMatchObject({
      storage: 'memory',
      storageFailure: { at: expect.any(Number), reason: expect.stringMatching(/EEXIST|ENOTDIR/) },
    });
    await rm(directory);
    expect((await collector.flush()).stored).toBe(true);
    expect((await collector.diagnostics()).storage).toBe('filesystem');
    expect(logOf(collector)).toHaveLength(1);
    await collector.shutdown();
    expect(await kept(directory)).toBe(3);
  });

  it('says that nothing can be written any more, and writes once it can', async () => {
    const directory = join(await makeFolder(), 'records');
    const collector = persistent(directory, { link });
    expect((await collector.flush()).stored).toBe(true);
    await rm(directory, { recursive: true });
    await writeFile(directory, 'no directory');
    const before = Date.now() / 1000;
    const { collected, stored, failures } = await collector.flush();
    expect({ collected, stored }).toEqual({ collected: true, stored: false });
    expect(failures).toEqual([expect.stringContaining('not stored')]);
    const { storage, storageFailure } = await collector.diagnostics();
    expect(storage).toBe('memory');
    expect(storageFailure!.at).toBeGreaterThanOrEqual(before);
    await rm(directory);
    // Nobody asks for it: no collection runs, and no flush is made.
    await expect.poll(async () => (await collector.diagnostics()).storage).toBe('filesystem');
    expect((await collector.diagnostics()).storageFailure).toBeUndefined();
    expect((await readdir(directory)).some((file) => file.endsWith('.telemetry'))).toBe(true);
  });

  it('rejects where the collector is strict', async () => {
    const directory = join(await makeFolder(), 'records');
    await writeFile(directory, 'no directory');
    const collector = persistent(directory, { link, strict: true });
    await expect(collector.flush()).rejects.toMatchObject({
      name: 'TelemetryError',
      code: 'flush_failed',
      message: expect.stringContaining('not stored'),
    });
    await rm(directory);
    expect((await collector.flush()).stored).toBe(true);
    await collector.shutdown();
    await collector.flush();
  });
});

describe('flush()', () => {
  it('says it to a joined thread as well', async () => {
    const directory = join(await makeFolder(), 'records');
    await writeFile(directory, 'no directory');
    const collector = persistent(directory, { link: 'shared' });
    const thread = joinThread(collector);
    expect((await thread.flush()).stored).toBe(false);
    await rm(directory);
    expect(await thread.flush()).toMatchObject({ collected: true, stored: true });
  });

  it('says which exports have failed, those of the application too', async () => {
    class Failing extends MetricsExporter {
      override exportMetrics(): Promise<boolean> {
        return Promise.resolve(false);
      }
    }
    const folder = await makeFolder();
    await mkdir(join(folder, 'taken'));
    const collector = makeCollector();
    const start = (exporter: MetricsExporter) => new PeriodicExporter(exporter, collector).start();
    await start(new PrometheusAdapter(join(folder, 'out.prom')));
    expect((await collector.flush()).exported).toBe(true);
    await start(new PrometheusAdapter(join(folder, 'taken')));
    await start(new Failing());
    const { exported, stored, failures } = await collector.flush();
    expect({ exported, stored }).toEqual({ exported: false, stored: undefined });
    expect([...failures].sort()).toEqual([
      expect.stringContaining('an exporter of the application'),
      expect.stringContaining(join(folder, 'taken')),
    ]);
  });

  it('says after shutdown that it reached nothing', async () => {
    const collector = makeCollector();
    await collector.shutdown();
    expect(await collector.flush()).toMatchObject({ collected: false, stored: undefined });
  });

  it.skipIf(!root)('says that the disk is full, and stores once there is room', async () => {
    const disk = await mounted('size=64k');
    const collector = persistent(disk);
    expect((await collector.flush()).stored).toBe(true);
    // Takes all the room that is left; the next record needs more than it had.
    await writeFile(join(disk, 'filler'), new Uint8Array(64 * 1024)).catch(() => {});
    collector.recordEvent('large', 'x'.repeat(20_000));
    const { stored, failures } = await collector.flush();
    expect({ stored, failures }).toEqual({
      stored: false,
      failures: [expect.stringContaining('ENOSPC')],
    });
    expect(await collector.diagnostics()).toMatchObject({
      storage: 'memory',
      storageFailure: { reason: expect.stringContaining('ENOSPC') },
    });
    await rm(join(disk, 'filler'));
    await expect.poll(async () => (await collector.diagnostics()).storage).toBe('filesystem');
    await collector.shutdown();
    expect(await kept(disk)).toBe(3);
  });

  it.skipIf(!root)('says that the filesystem has become read-only', async () => {
    const disk = await mounted('size=1m');
    const collector = persistent(disk);
    expect((await collector.flush()).stored).toBe(true);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    expect(await collector.flush()).toMatchObject({
      stored: false,
      failures: [expect.stringContaining('EROFS')],
    });
    const late = persistent(disk);
    expect((await late.flush()).stored).toBe(false);
    expect((await late.diagnostics()).storage).toBe('memory');
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    expect((await collector.flush()).stored).toBe(true);
    expect((await late.flush()).stored).toBe(true);
  });

  it.skipIf(root)('says that the directory may not be written', async () => {
    const directory = await makeFolder();
    await chmod(directory, 0o500);
    onTestFinished(() => chmod(directory, 0o700));
    const collector = persistent(directory);
    expect((await collector.flush()).stored).toBe(false);
    await chmod(directory, 0o700);
    expect((await collector.flush()).stored).toBe(true);
  });
});

describe('storage at the edge', () => {
  it.each(['keys', 'put'] as const)('whose %s() fails is tried again', async (method) => {
    const place = mapPlace(false);
    const failing = vi.spyOn(place, method).mockRejectedValue(new Error('KV is unavailable'));
    const storage = keyValueStorage(place);
    const log: string[] = [];
    const write = (message: string) => void log.push(message);
    const logger = { warn: write, error: write };
    const collector = new EdgeCollector({ logger, persist: { name: 'shop', storage } });
    collector.registerCounter('a_total').increment();
    expect(await collector.flush()).toMatchObject({
      collected: true,
      stored: false,
      failures: [expect.stringContaining('KV is unavailable')],
    });
    expect((await collector.diagnostics()).storage).toBe('memory');
    failing.mockRestore();
    await expect.poll(async () => (await collector.diagnostics()).storage).toBe('key-value');
    expect((await collector.flush()).stored).toBe(true);
    expect(log).toEqual([expect.stringContaining('KV is unavailable')]);
    await collector.shutdown();
  });

  it('that was not given is said to store nothing', async () => {
    const logger = { warn() {}, error() {} };
    const collector = new EdgeCollector({ logger, persist: { name: 'shop' } });
    expect(await collector.flush()).toMatchObject({
      stored: false,
      failures: [expect.stringContaining('persist.storage')],
    });
    await collector.shutdown();
  });
});

it('trying again holds no process', async () => {
  const directory = join(await makeFolder(), 'records');
  await writeFile(directory, 'no directory');
  const entry = new URL('../../dist/node.js', import.meta.url).href;
  for (const link of LINKS) {
    const options = { link, persist: { name: 'app', directory } };
    const program = `
      import { TelemetryCollector } from ${JSON.stringify(entry)};
      const collector = new TelemetryCollector(${JSON.stringify(options)});
      collector.registerCounter('a_total').increment();
      console.log((await collector.flush()).stored);`;
    const args = ['--input-type=module', '-e', program];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    // If it does not end by itself, this waits for ever.
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(said).toBe('false\n');
  }
});
