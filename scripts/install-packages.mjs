/** Installs the packages of a folder that has a manifest and a lock file of its own. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from './parts.mjs';
import { runQuietly } from './run-quietly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Links that npm does not make, each from a path in the repository to another. Files below test/ have a
 * manifest of their own above them, so they find this package through a link, as an application does. Files
 * below bench/ have no such manifest: there Deno, Bun and other versions find this package by its own name,
 * and the peers through a link. `npx vitest` looks for it at the root. VitePress makes a module of each page in
 * docs/, and the page looks for Vue above itself.
 */
const LINKS = {
  test: {
    'test/node_modules/utilityfog-telemetry': '.',
    'node_modules/.bin/vitest': 'test/node_modules/vitest/vitest.mjs',
  },
  peers: { 'bench/node_modules': 'bench/peers/node_modules' },
  site: { 'docs/node_modules': 'docs/site/node_modules' },
};

/**
 * Runs `npm ci`, unless the same packages were installed before. Returns whether they are there.
 * @param {string} name  One of PACKAGES.
 */
export function installPackages(name) {
  const folder = PACKAGES[name];
  const stamp = join(folder, 'node_modules/.installed');
  const wanted = fingerprint(folder);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    console.log(`Installing what ${relative(root, folder)}/package-lock.json pins …`);
    if (!runQuietly('npm', ['ci'], { cwd: folder })) return false;
    writeFileSync(stamp, wanted);
  }
  makeLinks(name);
  return true;
}

/**
 * Makes the links of a folder. They are made each time, since `npm ci` at the root removes all that is in its
 * own node_modules.
 * @param {string} name
 */
export function makeLinks(name) {
  for (const [from, to] of Object.entries(LINKS[name] ?? {}))
    link(join(root, from), join(root, to));
}

/** Makes a link. On Windows it is a junction, which everybody may make there. */
function link(from, to) {
  mkdirSync(dirname(from), { recursive: true });
  rmSync(from, { force: true });
  symlinkSync(relative(dirname(from), to), from, 'junction');
}

/** Returns a hash of all that decides what npm installs. */
function fingerprint(folder) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    hash.update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}
