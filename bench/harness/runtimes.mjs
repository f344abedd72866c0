/**
 * Where contenders can run.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findPart, howToInstall } from '../../scripts/install-parts.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} id
 * @property {string} command  The path of its program.
 * @property {(options: string[]) => string[]} [commandLine]  What stands before the script.
 * @property {boolean} [isBrowser]
 */

/** The id of the runtime that runs this. */
export const HERE = `node${process.versions.node.split('.')[0]}`;

const asIs = (options) => options;

const bin = (name) => {
  const path = fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
  return existsSync(path) ? path : undefined;
};

const ELSEWHERE = {
  node20: { find: () => findPart('node20'), commandLine: asIs },
  node24: { find: () => findPart('node24'), commandLine: asIs },
  deno: {
    find: () => bin('deno'),
    commandLine: (options) => [
      'run',
      '--allow-all',
      ...(options.length > 0 ? [`--v8-flags=${options.join(',')}`] : []),
    ],
  },
  bun: { find: () => bin('bun'), commandLine: asIs },
  chromium: { find: () => findPart('chromium'), isBrowser: true },
};

export const RUNTIMES = [...new Set([HERE, ...Object.keys(ELSEWHERE)])];

/** Deno and Bun are development dependencies. @param {string} id */
const remedy = (id) =>
  ['deno', 'bun'].includes(id) ? `${id} is missing: npm install` : howToInstall(id);

/**
 * @param {string} [id]
 * @returns {Runtime}
 * @throws where it is not installed
 */
export function findRuntime(id = HERE) {
  if (id === HERE) return { id, command: process.execPath, commandLine: asIs };
  const { find, ...runtime } = ELSEWHERE[id];
  const command = find();
  if (!command) throw new Error(remedy(id));
  return { id, command, ...runtime };
}
