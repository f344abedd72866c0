/** Tests places that let files be written and refuse to flush them to disk. */
import { execFile } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PrometheusAdapter } from 'utilityfog-telemetry';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { errors, logOf, makeCollector, sampleOf } from '../collectors.ts';
import { makeFolder } from '../folder.ts';
import { node24, node26 } from '../runtimes/server-runtimes.ts';

const entry = new URL('../../dist/node.js', import.meta.url).href;

const PROGRAM = `
  import { PrometheusAdapter, TelemetryCollector } from ${JSON.stringify(entry)};
  const log = [];
  const logger = { info: (text) => log.push(text), warn: (text) => log.push(text), error: (text) => log.push(text) };
  const live = async () => {
    const persist = { name: 'app', directory: 'records' };
    const collector = new TelemetryCollector({ link: 'inline', logger, persist });
    collector.registerCounter('a_total').increment(3);
    const exported = await new PrometheusAdapter('out.prom').exportMetrics(collector);
    await collector.flush();
    const { storage, durable, whyNotDurable } = await collector.diagnostics();
    const { metrics } = await collector.getSnapshot();
    await collector.shutdown();
    return { exported, storage, durable, whyNotDurable, total: metrics.a_total.value };
  };
  const lives = [await live(), await live()];
  console.log(JSON.stringify({ lives, log }));
`;

describe('Node with --permission, files allowed', () => {
  it.each([node24, node26].filter(({ present }) => present))(
    '$name keeps and exports, and says once that a power cut may undo it',
    async ({ command }) => {
      const cwd = await makeFolder();
      await writeFile(join(cwd, 'program.mjs'), PROGRAM);
      const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
      const { stdout } = await promisify(execFile)(command, [...flags, 'program.mjs'], { cwd });
      const { lives, log } = JSON.parse(stdout);
      const common = { exported: true, storage: 'filesystem' };
      expect(lives).toMatchObject([
        { ...common, total: 3 },
        { ...common, total: 6 },
      ]);
      expect(await readFile(join(cwd, 'out.prom'), 'utf8')).toContain('a_total 6\n');
      // Older versions flush.
      const refuses = lives[0].durable === false;
      if (refuses) expect(lives[0].whyNotDurable).toContain('ERR_ACCESS_DENIED');
      expect(log).toEqual(
        refuses ? [0, 1].map(() => expect.stringMatching(/power cut.*ERR_ACCESS_DENIED/)) : [],
      );
    },
  );
});

type Syncing = { sync(): Promise<void>; stat(): Promise<{ isDirectory(): boolean }> };

/** Makes every flush to disk fail with this error, of files or of directories. */
async function refuseFlushing(what: 'files' | 'directories', code: string): Promise<void> {
  const handle = await open(process.execPath);
  const prototype = Object.getPrototypeOf(handle) as Syncing;
  await handle.close();
  const { sync } = prototype;
  vi.spyOn(prototype, 'sync').mockImplementation(async function (this: Syncing) {
    const isDirectory = (await this.stat()).isDirectory();
    if (isDirectory !== (what === 'directories')) return sync.call(this);
    throw Object.assign(new Error(`${code}: injected, fsync`), { code });
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(['files', 'directories'] as const)('flushing %s to disk', (what) => {
  it.each(['ERR_ACCESS_DENIED', 'EINVAL', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'that is refused with %s is gone without, said once and shown',
    async (code) => {
      await refuseFlushing(what, code);
      const directory = await makeFolder();
      const file = join(directory, 'out.prom');
      const log: string[] = [];
      const write = (message: string) => void log.push(message);
      const logger = { info: write, warn: write, error: write };
      const collector = makeCollector({ logger, persist: { name: 'app', directory } });
      collector.registerCounter('a_total').increment(3);
      await collector.flush();
      expect(await new PrometheusAdapter(file).exportMetrics(collector)).toBe(true);
      await collector.flush();
      expect(await readFile(file, 'utf8')).toContain('a_total 3\n');
      expect(await collector.diagnostics()).toMatchObject({
        storage: 'filesystem',
        durable: false,
        whyNotDurable: expect.stringContaining(code),
      });
      expect(log).toEqual([expect.stringContaining(code)]);
      expect(await errors(collector, 'storage')).toBe(0);
      await collector.shutdown();
      vi.restoreAllMocks();
      const next = makeCollector({ persist: { name: 'app', directory } });
      next.registerCounter('a_total');
      expect(await sampleOf(next, 'a_total')).toBe(3);
    },
  );

  it.each(['EIO', 'ENOSPC', 'EROFS', 'EDQUOT'])(
    'that fails with %s is a failure: the data did not get there',
    async (code) => {
      await refuseFlushing(what, code);
      const collector = makeCollector();
      const file = join(await makeFolder(), 'out.prom');
      expect(await new PrometheusAdapter(file).exportMetrics(collector)).toBe(false);
      expect(logOf(collector)).toEqual([expect.stringContaining(code)]);
    },
  );
});

describe('diagnostics()', () => {
  it('says that what is kept outlives a power cut, once something was kept', async () => {
    const collector = makeCollector();
    expect((await collector.diagnostics()).durable).toBeUndefined();
    const file = join(await makeFolder(), 'out.prom');
    await new PrometheusAdapter(file).exportMetrics(collector);
    expect((await collector.diagnostics()).durable).toBe(true);
    expect((await collector.diagnostics()).whyNotDurable).toBeUndefined();
  });
});
