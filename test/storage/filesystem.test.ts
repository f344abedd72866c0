import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { joinPieces } from '../../src/bytes/pieces.ts';
import { fileDestination } from '../../src/delivery/file-destination.ts';
import { absorbedBy, encodeEnvelope } from '../../src/storage/envelope.ts';
import { filesystemStorage } from '../../src/storage/filesystem.ts';
import { fileSafe, lockFile, recordFile, recordFiles } from '../../src/storage/filesystem-names.ts';
import { type OwnerProcess, thisProcess } from '../../src/storage/filesystem-owner-process.ts';
import { type Subject, storageCases } from '../contracts/storage-contract.ts';
import { claimAll, claimedTexts } from './claim-all.ts';
import { bundleStorage, type Child, startChild } from './filesystem-child.ts';

let scratch = '';
let directory = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(scratch, 'case-'));
});

async function subject(): Promise<Subject> {
  const read = (file: string) => readFile(join(directory, file));
  return {
    storage: filesystemStorage(directory),
    destinations: fileDestination(),
    plant: (name, id, bytes) =>
      writeFile(join(directory, recordFile(fileSafe(name), id, id)), bytes),
    async records(name) {
      const files = recordFiles(fileSafe(name), await readdir(directory));
      const entries = files.map(async ({ file, id }) => [id, await read(file)] as const);
      return new Map(await Promise.all(entries));
    },
    async setAside() {
      const files = (await readdir(directory)).filter((file) => file.includes('.damaged-'));
      return Promise.all(files.map(read));
    },
    read: (destination) => readFile(destination).catch(() => undefined),
    destination: (file) => join(directory, file),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** Resolves to what a new owner in this process finds. */
async function claimed(name = 'app'): Promise<string[]> {
  const store = await filesystemStorage(directory).open(name);
  const found = await claimedTexts(store);
  await store.close();
  return found;
}

describe('storage in the filesystem', () => {
  for (const { name, run } of storageCases) it(name, () => run(subject));

  it('puts no record outside its directory', async () => {
    const inner = join(directory, 'inner');
    for (const name of ['../out', '/tmp/out', '..', '']) {
      await (await filesystemStorage(inner).open(name)).write([bytes('x')]);
    }
    expect(await readdir(directory)).toEqual(['inner']);
  });

  it('leaves only its record behind when it closes', async () => {
    const store = await filesystemStorage(directory).open('app');
    await store.write([bytes('x')]);
    await store.close();
    expect(await readdir(directory)).toEqual([
      expect.stringMatching(/^app\.[0-9a-f]{32}\.telemetry$/),
    ]);
  });

  it('rejects with the original error when the place refuses', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(filesystemStorage(join(file, 'inside')).open('app')).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
    const store = await filesystemStorage(join(directory, 'records')).open('app');
    await rm(join(directory, 'records'), { recursive: true });
    await expect(claimAll(store)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(join(directory, 'records'), '');
    await expect(store.write([bytes('x')])).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('makes its directory again when that was deleted meanwhile', async () => {
    const records = join(directory, 'records');
    const store = await filesystemStorage(records).open('app');
    await rm(records, { recursive: true });
    await store.write([bytes('x')]);
    await store.close();
    const next = await filesystemStorage(records).open('app');
    expect((await claimAll(next)).records).toHaveLength(1);
  });

  // Node's own recursive mkdir tries for ever here.
  it.skipIf(process.platform !== 'linux')('gives up where nothing can be made', async () => {
    const refused = { code: 'ENOENT' };
    await expect(filesystemStorage('/proc/no/folder').open('app')).rejects.toMatchObject(refused);
    const plan = { exporter: 'x', format: 'x', destination: '/proc/no/folder/metrics.prom' };
    const { send } = fileDestination().open(plan);
    const sent = send([bytes('x')], { contentType: 'x' }, new AbortController().signal);
    await expect(sent).rejects.toMatchObject(refused);
  });

  it('goes on after a failed write, and keeps what it claimed until it has one', async () => {
    const id = 'a'.repeat(32);
    await writeFile(
      join(directory, recordFile('app', id, id)),
      joinPieces(encodeEnvelope({ absorbed: [], payload: [bytes('a')] })),
    );
    const store = await filesystemStorage(directory).open('app');
    await claimAll(store);
    const lock = (await readdir(directory)).find((file) => file.endsWith('.lock'))!;
    const blocked = join(directory, lock.replace('.lock', '.telemetry'));
    await mkdir(join(blocked, 'in the way'), { recursive: true });
    await expect(store.write([bytes('a+b')])).rejects.toThrow();
    expect((await readdir(directory)).filter((file) => file.startsWith(`app.${id}`))).toHaveLength(
      1,
    );
    expect((await readdir(directory)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    await rm(blocked, { recursive: true });
    await store.write([bytes('a+b')]);
    await store.close();
    expect(await claimed()).toEqual(['a+b']);
  });
});

describe('fileSafe', () => {
  it('tells names apart where the filesystem ignores case', () => {
    const names = ['app', 'App', 'aPP', '%0041pp', 'a/b', 'A/b', 'A'.repeat(200), 'a'.repeat(200)];
    const files = names.map((name) => fileSafe(name).toLowerCase());
    expect(new Set(files).size).toBe(names.length);
  });
});

describe('claims that race', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32));
  const plant = (file: string, payload: string, absorbed: string[] = []) =>
    writeFile(
      join(directory, file),
      joinPieces(encodeEnvelope({ absorbed, payload: [bytes(payload)] })),
    );
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('hands on what a claimed record had absorbed: another claim may be holding it', async () => {
    await plant(recordFile('app', b, b), 'a+b', [a]);
    const store = await filesystemStorage(directory).open('app');
    await claimAll(store);
    await store.write([bytes('a+b+own')]);
    // The other claim sees it so once this one has deleted the record that listed it.
    await plant(recordFile('app', a, c), 'a');
    await store.close();
    expect(await claimed()).toEqual(['a+b+own']);
  });

  it('looks again when a record vanishes while it reads', async () => {
    await plant(recordFile('app', a, b), 'a');
    await plant(recordFile('app', b, b), 'a+b', [a]);
    const fs = process.getBuiltinModule('node:fs/promises');
    const { open, rename } = fs;
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      // Another process has claimed this record just before.
      if (String(from).endsWith(recordFile('app', b, b))) {
        await writeFile(join(directory, lockFile('app', c)), JSON.stringify(thisProcess()));
        await rename(from, join(directory, recordFile('app', b, c)));
      }
      return rename(from, to);
    });
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      // It has absorbed the record by the time that we read it.
      if (String(args[0]).endsWith(recordFile('app', b, c))) {
        await plant(recordFile('app', c, c), 'a+b+c', [a, b]);
        await rm(String(args[0]));
      }
      return open(...args);
    });
    expect(await claimed()).toEqual([]);
    expect((await readdir(directory)).filter((file) => file.includes(a))).toEqual([]);
  });

  it('claims what is beside a record that cannot be taken over', async () => {
    for (const id of [a, b]) await plant(recordFile('app', id, id), id);
    const fs = process.getBuiltinModule('node:fs/promises');
    const { rename } = fs;
    vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
      if (String(from).endsWith(recordFile('app', a, a))) {
        throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      }
      return rename(from, to);
    });
    const { ids, damaged } = await claimAll(await filesystemStorage(directory).open('app'));
    expect({ ids, damaged: damaged.length }).toEqual({ ids: [b], damaged: 1 });
  });

  it('leaves to later ones what a record has absorbed that another holds: it may be damaged', async () => {
    await plant(recordFile('app', a, a), 'a');
    await plant(recordFile('app', b, c), 'a+b', [a]);
    await writeFile(join(directory, lockFile('app', c)), JSON.stringify(thisProcess()));
    expect(await claimed()).toEqual([]);
    await rm(join(directory, recordFile('app', b, c)));
    expect(await claimed()).toEqual(['a']);
  });

  it('goes on naming all that others hold of what a claimed record had absorbed', async () => {
    const ids = Array.from({ length: 600 }, (_, i) => `${i}`.padStart(32, '0'));
    await plant(recordFile('app', a, a), 'all', ids);
    await writeFile(join(directory, lockFile('app', c)), JSON.stringify(thisProcess()));
    for (const id of ids) await plant(recordFile('app', id, c), 'one');
    const store = await filesystemStorage(directory).open('app');
    expect((await claimAll(store)).ids).toEqual([a]);
    await store.write([bytes('all and more')]);
    const written = await readFile(join(directory, recordFile('app', store.id, store.id)));
    expect(absorbedBy(written)).toEqual([...ids, a]);
  });

  it('looks again when a listing misses a record that is being renamed', async () => {
    await plant(recordFile('app', a, b), 'a');
    await plant(recordFile('app', b, c), 'a+b', [a]);
    await writeFile(join(directory, lockFile('app', c)), JSON.stringify(thisProcess()));
    const fs = process.getBuiltinModule('node:fs/promises');
    const { readdir } = fs;
    let listings = 0;
    vi.spyOn(fs, 'readdir').mockImplementation((async (path: string) => {
      const files = await readdir(path);
      return ++listings === 2 ? files.filter((file) => file !== recordFile('app', b, c)) : files;
    }) as never);
    expect(await claimed()).toEqual([]);
    expect(listings).toBeGreaterThan(2);
  });
});

describe('owners in the filesystem', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  let script = '';
  beforeAll(async () => {
    script = await bundleStorage(scratch);
  });
  const children: Child[] = [];
  const start = async (...args: string[]) => {
    const child = await startChild(script, [directory, ...args]);
    children.push(child);
    return child;
  };
  afterAll(() => Promise.all(children.map((child) => child.kill())));

  it('leaves the record of a live process alone, and takes it when that is killed', async () => {
    const child = await start('write', 'from the child');
    expect(await claimed()).toEqual([]);
    await child.kill();
    expect((await readdir(directory)).some((file) => file.endsWith('.lock'))).toBe(true);
    expect(await claimed()).toEqual(['from the child']);
    const left = await readdir(directory);
    expect(left.filter((file) => !file.endsWith('.telemetry'))).toEqual([]);
  });

  it('offers again what a killed process had claimed and not written', async () => {
    const id = 'a'.repeat(32);
    const planted = joinPieces(encodeEnvelope({ absorbed: [], payload: [bytes('a')] }));
    await writeFile(join(directory, recordFile('app', id, id)), planted);
    const child = await start('claim');
    expect(child.said).toBe('["a"]');
    expect(await claimed()).toEqual([]);
    await child.kill();
    expect(await claimed()).toEqual(['a']);
  });

  it('counts nothing twice when a process is killed before it has deleted', async () => {
    const id = 'a'.repeat(32);
    const planted = joinPieces(encodeEnvelope({ absorbed: [], payload: [bytes('a')] }));
    await writeFile(join(directory, recordFile('app', id, id)), planted);
    const child = await start('claim and die before deleting', 'a and more');
    await child.ended;
    const records = recordFiles('app', await readdir(directory));
    expect(records).toHaveLength(2);
    expect(await claimed()).toEqual(['a and more']);
  });

  it('gives each record to one of several processes that claim at the same time', async () => {
    const wanted = Array.from({ length: 60 }, (_, i) => String(100 + i));
    for (const payload of wanted) {
      const id = payload.padStart(32, '0');
      const planted = joinPieces(encodeEnvelope({ absorbed: [], payload: [bytes(payload)] }));
      await writeFile(join(directory, recordFile('app', id, id)), planted);
    }
    const started = await Promise.all(['1', '2', '3', '4'].map(() => start('claim')));
    expect(started.flatMap(({ said }) => JSON.parse(said)).sort()).toEqual(wanted);
  });

  it('counts another thread of this process as alive', async () => {
    const worker = new Worker(script, { argv: [directory, 'write', 'from the thread'] });
    await new Promise((resolve) => worker.once('message', resolve));
    expect(await claimed()).toEqual([]);
    await worker.terminate();
  });

  /** Writes a record whose lock says that it belongs to `owner`. */
  async function plantOwned(owner: Partial<OwnerProcess> | string, secondsAgo = 0) {
    const id = 'b'.repeat(32);
    const payload = bytes('owned');
    await writeFile(
      join(directory, recordFile('app', id, id)),
      joinPieces(encodeEnvelope({ absorbed: [], payload: [payload] })),
    );
    const lock = join(directory, lockFile('app', id));
    const text = typeof owner === 'string' ? owner : JSON.stringify({ ...thisProcess(), ...owner });
    await writeFile(lock, text);
    const seen = new Date(Date.now() - secondsAgo * 1000);
    await utimes(lock, seen, seen);
  }

  const linux = process.platform === 'linux';
  const noSuchPid = 2 ** 22 + 1;
  it.each<[string, Partial<OwnerProcess> | string, number, boolean]>([
    ['this process', {}, 0, true],
    ['no process', { pid: noSuchPid }, 0, false],
    ['this process id in an earlier container', { birth: 'boot:1' }, 0, !linux],
    ['this process id earlier, where there is no /proc', { birth: '', started: 1e12 }, 0, false],
    ['this process, where there is no /proc', { birth: '' }, 0, true],
    ['a process id that was used again', { pid: process.ppid, birth: 'boot:1' }, 0, !linux],
    [
      'a process of another kind, where there is no /proc',
      { pid: process.ppid, birth: '' },
      0,
      true,
    ],
    ['another host, lately', { host: `not-${hostname()}`, pid: noSuchPid }, 3500, true],
    ['another host, long ago', { host: `not-${hostname()}` }, 3700, false],
    ['this process, suspended for long', {}, 90_000, true],
    ['nobody: the lock is empty', '', 0, false],
    ['nobody: the lock is no object', '7', 0, false],
    ['nobody: the lock names all processes', '{"pid":-1}', 0, false],
  ])('knows whether the owner lives: %s', async (_, owner, secondsAgo, alive) => {
    await plantOwned(owner, secondsAgo);
    expect(await claimed()).toEqual(alive ? [] : ['owned']);
  });

  it.runIf(linux)(
    'takes the record of a process that has ended and was not waited for',
    async () => {
      // The child ends once the shell has become `sleep`, which waits for no children.
      const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      });
      const [line] = await once(createInterface({ input: parent.stdout! }), 'line');
      const parentName = () => readFile(`/proc/${parent.pid}/comm`, 'utf8');
      await expect.poll(parentName).toBe('sleep\n');
      (parent.stdio[3] as Writable).end();
      const status = () => readFile(`/proc/${line}/stat`, 'utf8');
      await expect.poll(status).toMatch(/\) Z /);
      const fields = (await status()).split(') Z ')[1].split(' ');
      const boot = thisProcess().birth.split(':')[0];
      await plantOwned({ pid: Number(line), birth: `${boot}:${fields[18]}` });
      expect(await claimed()).toEqual(['owned']);
      parent.kill();
    },
  );

  it.each([
    ['EPERM', 1e6, true],
    ['ESRCH', 0, false],
    [undefined, 3500, true],
    [undefined, 3700, false],
  ])('reads the answer of the system: %s after %d s', async (code, secondsAgo, alive) => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('refused'), { code });
    });
    await plantOwned({ pid: noSuchPid }, secondsAgo);
    expect(await claimed()).toEqual(alive ? [] : ['owned']);
  });

  it('tells other hosts with every write that it lives', async () => {
    const store = await filesystemStorage(directory).open('app');
    const lock = join(directory, (await readdir(directory))[0]);
    await utimes(lock, 0, 0);
    await store.write([bytes('x')]);
    expect(Date.now() - (await stat(lock)).mtimeMs).toBeLessThan(60_000);
  });

  it('restores its lock when somebody cleaned it away', async () => {
    const store = await filesystemStorage(directory).open('app');
    await rm(join(directory, (await readdir(directory))[0]));
    await store.write([bytes('x')]);
    expect(await claimed()).toEqual([]);
  });

  it('clears away what killed writers left half written, and nothing of live ones', async () => {
    const dead = `app.${'d'.repeat(32)}`;
    const live = `app.${'e'.repeat(32)}`;
    for (const file of [`${dead}.telemetry.tmp`, `${live}.telemetry.tmp`, `${dead}.lock.tmp`]) {
      await writeFile(join(directory, file), 'half');
    }
    await writeFile(join(directory, `${live}.lock`), JSON.stringify(thisProcess()));
    await writeFile(join(directory, `${dead}.lock`), '');
    expect(await claimed()).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(
      [`${dead}.lock.tmp`, `${live}.lock`, `${live}.telemetry.tmp`].sort(),
    );
  });
});
