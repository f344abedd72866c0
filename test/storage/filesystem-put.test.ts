import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { putFile } from '../../src/storage/filesystem-put.ts';

let scratch = '';
let directory = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'put-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(scratch, 'case-'));
});

const put = (file: string, text: string) => putFile(file, [new TextEncoder().encode(text)]);

describe('putFile', () => {
  it('creates the directories that are missing', async () => {
    const file = join(directory, 'a/b/metrics.prom');
    await put(file, 'x');
    expect(await readFile(file, 'utf8')).toBe('x');
    expect(await readdir(join(directory, 'a/b'))).toEqual(['metrics.prom']);
  });

  it('goes on where the system has taken only a part of what it was given', async () => {
    const file = join(directory, 'metrics.prom');
    const opened = await open(file, 'w');
    const { writev } = Object.getPrototypeOf(opened);
    await opened.close();
    // A disk that is nearly full does the same.
    const taking = vi.spyOn(Object.getPrototypeOf(opened), 'writev');
    taking.mockImplementation(function (this: unknown, pieces: unknown) {
      const [first, ...rest] = pieces as Uint8Array[];
      return writev.call(
        this,
        first.length > 2 ? [first.subarray(0, 2)] : [first, ...rest].slice(0, 2),
      );
    });
    try {
      await putFile(
        file,
        ['abcdef', 'gh', 'i', 'jk'].map((text) => new TextEncoder().encode(text)),
      );
    } finally {
      taking.mockRestore();
    }
    expect(await readFile(file, 'utf8')).toBe('abcdefghijk');
  });

  it('replaces the file and does not write into it: an open reader keeps the old bytes', async () => {
    const file = join(directory, 'metrics.prom');
    await put(file, 'old');
    const reader = await open(file);
    await put(file, 'new and longer');
    expect(await reader.readFile('utf8')).toBe('old');
    await reader.close();
    expect(await readFile(file, 'utf8')).toBe('new and longer');
  });

  it('keeps the permissions of the file it replaces', async () => {
    const file = join(directory, 'metrics.prom');
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await put(file, 'new');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it('replaces a symbolic link, and leaves alone what it leads to', async () => {
    const target = join(directory, 'elsewhere', 'target.prom');
    const link = join(directory, 'link.prom');
    await mkdir(join(directory, 'elsewhere'));
    await writeFile(target, 'old');
    await symlink('elsewhere/target.prom', link);
    await put(link, 'new');
    expect((await lstat(link)).isFile()).toBe(true);
    expect(await readFile(link, 'utf8')).toBe('new');
    expect(await readFile(target, 'utf8')).toBe('old');
  });

  it('replaces a link that leads nowhere, or in a circle', async () => {
    await symlink('second', join(directory, 'first'));
    await symlink('new/target.prom', join(directory, 'second'));
    await symlink('loop', join(directory, 'loop'));
    for (const file of ['first', 'loop']) {
      await put(join(directory, file), 'new');
      expect((await lstat(join(directory, file))).isFile()).toBe(true);
    }
    expect((await readdir(directory)).sort()).toEqual(['first', 'loop', 'second']);
  });

  it('leaves a link to a directory alone', async () => {
    await mkdir(join(directory, 'folder'));
    await symlink('folder', join(directory, 'link'));
    await expect(put(join(directory, 'link'), 'x')).rejects.toThrow('leads to a directory');
    expect(await readlink(join(directory, 'link'))).toBe('folder');
  });

  it('rejects with the original error and leaves nothing behind', async () => {
    await mkdir(join(directory, 'taken', 'by'), { recursive: true });
    await expect(put(join(directory, 'taken'), 'x')).rejects.toMatchObject({ syscall: 'rename' });
    expect(await readdir(directory)).toEqual(['taken']);
  });
});

describe.skipIf(process.platform === 'win32')('putFile to what is no file', () => {
  it('writes to a device', async () => {
    await put('/dev/null', 'x');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('writes to a FIFO that somebody reads, all of it', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = spawn('sh', ['-c', `exec < ${fifo}; echo ready; cat`], { stdio: 'pipe' });
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', (chunk: string) => (read += chunk));
    const ended = once(reader, 'close');
    const long = 'metrics '.repeat(50_000);
    // The reader opens it at some moment that nothing announces. It waits for a writer itself.
    const tried = () =>
      put(fifo, long).then(
        () => true,
        (error) => error.code,
      );
    await expect.poll(tried).toBe(true);
    await ended;
    expect(read).toBe(`ready\n${long}`);
    expect((await stat(fifo)).isFIFO()).toBe(true);
  });

  it('does not wait for a FIFO that nobody reads', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await expect(put(fifo, 'x')).rejects.toMatchObject({ code: 'ENXIO' });
  });
});

describe.skipIf(process.platform === 'win32')('putFile to /dev/stdout', () => {
  const PROGRAM = `
    import { putFile } from '../../src/storage/filesystem-put.ts';
    console.log('before');
    await putFile('/dev/stdout', [new TextEncoder().encode('metrics '.repeat(50_000) + '\\n')]);
    console.log('after');
  `;
  const expected = `before\n${'metrics '.repeat(50_000)}\nafter\n`;
  let script = '';
  beforeAll(async () => {
    script = join(scratch, 'stdout.mjs');
    const resolveDir = fileURLToPath(new URL('.', import.meta.url));
    await build({
      stdin: { contents: PROGRAM, resolveDir, loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile: script,
    });
  });

  it('works where it is a socket', async () => {
    // A `pipe` that Node gives to a child is a socket.
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let read = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (read += chunk));
    await once(child, 'close');
    expect(read).toBe(expected);
  });

  it('works where it is a pipe with a slow reader', () => {
    const command = `"${process.execPath}" "${script}" | (sleep 0.2; cat)`;
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(expected);
  });

  it('works where it is a file', async () => {
    const file = join(directory, 'out');
    execFileSync('sh', ['-c', `"${process.execPath}" "${script}" > "${file}"`]);
    expect(await readFile(file, 'utf8')).toBe(expected);
  });
});
