/**
 * results.json: what each part has found in each runtime, and when. A run replaces what it has
 * measured and leaves the rest.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { RUNTIMES } from './harness/runtimes.mjs';

const FILE = new URL('results.json', import.meta.url);

/**
 * @typedef {object} Entry
 * @property {ReturnType<typeof import('./harness/machine.mjs').describeMachine>} machine
 * @property {string} command
 * @property {object} plan
 * @property {number} quietShare
 * @property {string[]} notes
 * @property {object[]} rows
 * @property {string} text
 * @property {import('./harness/verdict.mjs').Figure[]} figures
 * @property {object[]} [plots]
 */

/** @typedef {Record<string, Record<string, Entry>>} Results  By part and runtime. */

/** The one to show first, then the others. @param {Record<string, Entry>} of */
export const entriesOf = (of) =>
  [...RUNTIMES, ...Object.keys(of).filter((id) => !RUNTIMES.includes(id))]
    .filter((id) => id in of)
    .map((id) => of[id]);

/** @returns {Promise<Results>} */
export async function readResults() {
  try {
    return JSON.parse(await readFile(FILE, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/**
 * @param {Results} before
 * @param {Results} found
 * @returns {Results}
 */
export function mergeResults(before, found) {
  const merged = { ...before };
  for (const [part, entries] of Object.entries(found)) {
    merged[part] = { ...merged[part], ...entries };
  }
  return merged;
}

/** More digits would only make each change of the file a larger one. */
const shorten = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);

/** @param {Results} results */
export async function writeResults(results) {
  await writeFile(FILE, `${JSON.stringify(results, shorten, 1)}\n`);
}
