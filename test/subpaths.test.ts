/** The table of subpaths, and what is written of it. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface WritingModule {
  writtenFiles(): Promise<Readonly<Record<string, string>>>;
}

interface TableModule {
  readonly PEERS: readonly string[];
}

const root = new URL('../', import.meta.url);
const load = (path: string) => import(new URL(path, root).href);
const { PEERS } = (await load('scripts/subpaths.mjs')) as TableModule;
const { writtenFiles } = (await load('scripts/write-subpaths.mjs')) as WritingModule;
const read = (path: string) => readFile(fileURLToPath(new URL(path, root)), 'utf8');

it.each(Object.entries(await writtenFiles()))('%s is as the table says', async (path, text) => {
  const remedy = `${path} and scripts/subpaths.mjs differ. Run: npm run subpaths`;
  expect(await read(path), remedy).toBe(text);
});

it('names as peers what package.json says that applications need', async () => {
  const { peerDependencies } = JSON.parse(await read('package.json'));
  expect(Object.keys(peerDependencies)).toEqual(expect.arrayContaining([...PEERS]));
});

/** The edge is another build, with all that the package has. What prom-client calls a Counter is not what we do. */
const declared = (await readdir(new URL('dist/', root))).filter(
  (file) => file.endsWith('.d.ts') && !/^(index|edge|prom-client)\./.test(file),
);

it.each(declared)('%s declares no class that the package itself declares', async (file) => {
  const classesIn = async (path: string) =>
    [...(await read(path)).matchAll(/^(?:export )?declare (?:abstract )?class (\w+)/gm)].map(
      ([, name]) => name,
    );
  const own = await classesIn('dist/index.d.ts');
  expect(own).toContain('Counter');
  // Two classes of one name are two types: neither takes an object of the other.
  expect((await classesIn(`dist/${file}`)).filter((name) => own.includes(name))).toEqual([]);
});
