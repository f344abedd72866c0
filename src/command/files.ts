import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import type { Files } from './output.ts';

/** The files of this machine. */
export const filesHere: Files = {
  read: (path) => readFile(path, 'utf8'),
  matching: (pattern, beside) =>
    expand(isAbsolute(pattern) ? pattern : join(dirname(beside), pattern)),
};

/** Finds what a pattern of Go's `filepath.Glob` stands for: `*`, `?` and `[…]` within the names of a path. */
async function expand(pattern: string): Promise<string[]> {
  let found = [isAbsolute(pattern) ? sep : ''];
  for (const name of pattern.split(sep).filter((part) => part !== '')) {
    const next = found.map((folder) =>
      /[*?[]/.test(name) ? named(folder, name) : [join(folder, name)],
    );
    found = (await Promise.all(next)).flat();
  }
  const areThere = await Promise.all(
    found.map((path) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.filter((_, i) => areThere[i]).sort();
}

async function named(folder: string, pattern: string): Promise<string[]> {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(folder || '.').catch(() => []);
  return names
    .filter((name) => new RegExp(`^${source}$`, 's').test(name))
    .map((name) => join(folder, name));
}
