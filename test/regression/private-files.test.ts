/** Tests who may read what is written, and whose links and leftovers are in the way. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { JSONExporter, PrometheusAdapter, TelemetryError } from 'utilityfog-telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LINKS, makeCollector } from '../collectors.ts';
import { makeFolder } from '../folder.ts';

const isPosix = process.platform !== 'win32';
const root = process.getuid?.() === 0;
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

let umask = 0;
beforeEach(() => {
  umask = process.umask(0o022);
});
afterEach(() => void process.umask(umask));

function recorded(options: object = {}) {
  const collector = makeCollector(options);
  collector.registerCounter('a_total').increment(3);
  return collector;
}

describe.skipIf(!isPosix)('what is kept', () => {
  it.each(LINKS)('is for this user alone, %s link', async (link) => {
    const parent = join(await makeFolder(), 'new');
    const directory = join(parent, 'records');
    const collector = recorded({ link, persist: { name: 'app', directory } });
    await collector.flush();
    expect([await modeOf(parent), await modeOf(directory)]).toEqual([0o700, 0o700]);
    const files = await readdir(directory);
    expect(files).toHaveLength(2);
    for (const file of files) expect(await modeOf(join(directory, file))).toBe(0o600);
  });

  it('leaves the permissions of a directory that was there, and of no file in it', async () => {
    const directory = await makeFolder();
    await chmod(directory, 0o755);
    const first = recorded({ persist: { name: 'app', directory } });
    await first.shutdown();
    // An earlier version has left it so.
    for (const file of await readdir(directory)) await chmod(join(directory, file), 0o644);
    const collector = recorded({ persist: { name: 'app', directory } });
    await collector.flush();
    expect(await modeOf(directory)).toBe(0o755);
    for (const file of await readdir(directory)) {
      expect(await modeOf(join(directory, file))).toBe(0o600);
    }
  });
});

describe.skipIf(!isPosix)('an exported file', () => {
  it('can be read by others, unless the umask is against it', async () => {
    const folder = await makeFolder();
    await new PrometheusAdapter(join(folder, 'a')).exportMetrics(recorded());
    process.umask(0o077);
    await new PrometheusAdapter(join(folder, 'b')).exportMetrics(recorded());
    expect([await modeOf(join(folder, 'a')), await modeOf(join(folder, 'b'))]).toEqual([
      0o644, 0o600,
    ]);
  });

  it.each([0o600, 0o640, 0o666, 0o664])('has the mode that was asked for: %i', async (mode) => {
    const folder = await makeFolder();
    for (const Exporter of [PrometheusAdapter, JSONExporter]) {
      for (const earlier of [undefined, 0o600, 0o644]) {
        const file = join(folder, `${Exporter.name}-${earlier}`);
        if (earlier) await writeFile(file, 'old', { mode: earlier });
        expect(await new Exporter(file, { mode }).exportMetrics(recorded())).toBe(true);
        expect(await modeOf(file)).toBe(mode);
      }
    }
  });

  it('refuses a mode that is none', () => {
    for (const mode of [640, -1, 0.5, Number.NaN, '640']) {
      expect(() => new PrometheusAdapter('x', { mode: mode as number })).toThrow(TelemetryError);
      expect(() => new JSONExporter('x', { mode: mode as number })).toThrow(TelemetryError);
    }
  });

  it.each(['a file', 'nothing'])('replaces a link to %s, and does not follow it', async (what) => {
    const folder = await makeFolder();
    const [target, link] = [join(folder, 'target'), join(folder, 'link')];
    if (what === 'a file') await writeFile(target, 'precious', { mode: 0o600 });
    await symlink(target, link);
    expect(await new PrometheusAdapter(link).exportMetrics(recorded())).toBe(true);
    expect((await lstat(link)).isFile()).toBe(true);
    expect(await readFile(link, 'utf8')).toContain('a_total 3\n');
    const left = await readFile(target, 'utf8').catch(() => undefined);
    expect(left).toBe(what === 'a file' ? 'precious' : undefined);
    expect(await modeOf(link)).toBe(0o644);
  });

  it.skipIf(!root)('goes to no FIFO by a link of another user', async () => {
    const folder = await makeFolder();
    const [fifo, own, other] = ['fifo', 'own', 'other'].map((name) => join(folder, name));
    execFileSync('mkfifo', [fifo]);
    for (const link of [own, other]) await symlink(fifo, link);
    await lchown(other, 1000, 1000);
    const collector = recorded();
    expect(await new PrometheusAdapter(other).exportMetrics(collector)).toBe(true);
    expect((await lstat(other)).isFile()).toBe(true);
    const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => (read += text));
    const ended = once(reader, 'close');
    // Nothing announces that the reader has opened it. Until then there is nobody to write to.
    while (!(await new PrometheusAdapter(own).exportMetrics(collector)));
    await ended;
    expect(read).toContain('a_total 3\n');
    expect((await lstat(own)).isSymbolicLink()).toBe(true);
  });
});

describe.skipIf(!isPosix)('what a killed export has left', () => {
  it('goes with the next export to that file; what a living one writes stays', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'metrics.prom');
    const entry = new URL('../../dist/node.js', import.meta.url).href;
    // It is killed when the temporary file is there, and before that takes its place.
    const program = `
      import { open } from 'node:fs/promises';
      const files = process.getBuiltinModule('node:fs/promises');
      files.rename = () => new Promise(() => void console.log('written'));
      const { PrometheusAdapter, TelemetryCollector } = await import(${JSON.stringify(entry)});
      const collector = new TelemetryCollector({ link: 'inline' });
      setInterval(() => {}, 1e6);
      await new PrometheusAdapter(${JSON.stringify(file)}).exportMetrics(collector);`;
    const start = async () => {
      const args = ['--input-type=module', '-e', program];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    };
    const temporary = async () =>
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')).sort();
    const killed = await start();
    const [left] = await temporary();
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const living = await start();
    expect(await temporary()).toHaveLength(2);
    const others = ['mine.tmp', 'metrics.prom.tmp', `other.prom.${'a'.repeat(32)}.tmp`];
    for (const name of others) await writeFile(join(folder, name), '');
    const unsigned = join(folder, `metrics.prom.${'a'.repeat(32)}.tmp`);
    await writeFile(unsigned, '');
    await utimes(unsigned, 1, 1);
    await mkdir(join(folder, `metrics.prom.${'b'.repeat(32)}.tmp`));
    expect(await new PrometheusAdapter(file).exportMetrics(recorded())).toBe(true);
    const after = await temporary();
    expect(after).not.toContain(left);
    expect(after).toHaveLength(5);
    for (const name of others) expect(after).toContain(name);
    living.kill('SIGKILL');
    await once(living, 'close');
    expect(await new PrometheusAdapter(file).exportMetrics(recorded())).toBe(true);
    expect(await temporary()).toHaveLength(4);
  });
});
