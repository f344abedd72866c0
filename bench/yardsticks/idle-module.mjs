/**
 * The package's own text as a module of which nothing runs. It shows what an engine takes to read and parse
 * as much JavaScript, whatever that does.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const DIST = new URL('../../dist/', import.meta.url);

export const IDLE_MODULE = new URL('../../.parts/idle-module.mjs', import.meta.url);

export async function writeIdleModule() {
  const text = await readFile(new URL('node-core.js', DIST), 'utf8');
  const withoutExports = text.replace(/^export \{[^}]*\};$/m, '');
  if (withoutExports === text) throw new Error('node-core.js does not end in its exports any more');
  await mkdir(new URL('.', IDLE_MODULE), { recursive: true });
  await writeFile(IDLE_MODULE, `export function never() {\n${withoutExports}}\n`);
}
