import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { matchesGlob } from './glob.ts';
import type { Files } from './output.ts';

/** Longer texts are refused anyway. Some paths, such as `/dev/zero`, have no end. */
const MOST_BYTES = 20_000_000;

/** The files of this machine. */
export const filesHere: Files = {
  read,
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
  const names = await readdir(folder || '.').catch(() => []);
  return names.filter((name) => matchesGlob(pattern, name)).map((name) => join(folder, name));
}

/** Reads a file, or what another program writes. @throws Error if there is too much, or if it is no text */
async function read(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`${path} has more than ${MOST_BYTES} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${path} is neither UTF-8 nor UTF-16`);
  }
}

/** YAML may be written in UTF-16 if its first character says so: https://yaml.org/spec/1.2.2/#52-character-encodings */
function encodingOf([first, second]: Buffer): string {
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-8';
}
