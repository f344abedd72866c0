/** Builds the scripts in dist/, unless they are newer than everything they are made from. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MADE_FROM = ['src', 'rollup.config.mjs', 'scripts/subpaths.mjs'];
const BUILT = ['index.js', 'worker.js', 'node.js'];

export async function buildLibrary() {
  const sources = MADE_FROM.map((path) => join(ROOT, path));
  const built = BUILT.map((name) => changedAt(join(ROOT, 'dist', name)));
  if (Math.min(...built) >= Math.max(...sources.map(changedAt))) return;
  console.log('Building the library …');
  const rollup = join(ROOT, 'node_modules', 'rollup', 'dist', 'bin', 'rollup');
  const child = spawn(process.execPath, [rollup, '-c', '--configScripts', '--silent'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) process.exit(code ?? 1);
}

/** Returns the time of the newest change in a file or folder; 0 if it does not exist. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}
