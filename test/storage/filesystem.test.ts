import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { filesystemStorage } from '../../src/storage/filesystem.ts';
import { fileSafe, recordFile, recordFiles } from '../../src/storage/filesystem-names.ts';
import { type Subject, storageCases } from '../contracts/storage-contract.ts';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function subject(): Promise<Subject> {
  const directory = await mkdtemp(join(scratch, 'contract-'));
  const read = (file: string) => readFile(join(directory, file));
  return {
    storage: filesystemStorage(directory),
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

describe('storage in the filesystem', () => {
  for (const { name, run } of storageCases) it(name, () => run(subject));
});
