/**
 * Where contenders can run.
 */
import { findPart, howToInstall } from '../../scripts/parts.mjs';

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

const ELSEWHERE = {
  node20: { find: () => findPart('node20'), commandLine: asIs },
  node24: { find: () => findPart('node24'), commandLine: asIs },
  deno: {
    find: () => findPart('deno'),
    commandLine: (options) => [
      'run',
      '--allow-all',
      ...(options.length > 0 ? [`--v8-flags=${options.join(',')}`] : []),
    ],
  },
  bun: { find: () => findPart('bun'), commandLine: asIs },
  chromium: { find: () => findPart('chromium'), isBrowser: true },
};

export const RUNTIMES = [...new Set([HERE, ...Object.keys(ELSEWHERE)])];

/**
 * @param {string} [id]
 * @returns {Runtime}
 * @throws where it is not installed
 */
export function findRuntime(id = HERE) {
  if (id === HERE) return { id, command: process.execPath, commandLine: asIs };
  const { find, ...runtime } = ELSEWHERE[id];
  const command = find();
  if (!command) throw new Error(howToInstall(id));
  return { id, command, ...runtime };
}
