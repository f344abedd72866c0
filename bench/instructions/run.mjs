/**
 * Compares how many instructions a few works take with what they took before. No other load on the machine
 * changes these figures. `npm run bench:instructions [-- --write]`
 */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { findPart, howToInstall } from '../../scripts/parts.mjs';
import { table } from '../harness/table.mjs';
import { count } from './callgrind.mjs';
import { WORKS } from './works.mjs';

const BASELINE = new URL('../instructions.json', import.meta.url);

/** A larger change than this is worth a look, in either direction. */
const NOTABLE = 0.1;

const ACCEPT = 'npm run bench:instructions -- --write';

/** Another engine compiles to other code, and on another processor even more so. */
const runtime = `Node ${process.versions.node} ${process.arch}`;

/** @typedef {{ instructions: number, bytes: number }} Counts  For one operation. */
/** @typedef {{ runtime: string, works: Record<string, Counts> }} Baseline */

/** @returns {Promise<Baseline | undefined>} */
async function readBaseline() {
  try {
    return JSON.parse(await readFile(BASELINE, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * As many run at a time as there are cores: each is one thread, and its count does not depend on when it
 * runs.
 */
async function countAll(valgrind) {
  const waiting = Object.keys(WORKS);
  const counted = {};
  const take = async () => {
    for (let work = waiting.shift(); work; work = waiting.shift()) {
      counted[work] = await count(valgrind, work);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, take));
  return Object.fromEntries(Object.keys(WORKS).map((work) => [work, counted[work]]));
}

/** The change is relative to at least 1, since an operation may have allocated nothing. */
const changeOf = (before, now) => (now - before) / Math.max(before, 1);

const number = (value) => value?.toLocaleString('en') ?? '–';

function changeCell(before, now) {
  if (before === undefined) return '–';
  const percent = 100 * changeOf(before, now);
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)}%`;
}

/** @param {Record<string, Counts>} counted @param {Record<string, Counts>} [known] */
function print(counted, known = {}) {
  const head = ['one operation', 'instructions: baseline', 'now', 'change'];
  head.push('bytes on the heap: baseline', 'now', 'change');
  const rows = Object.entries(counted).map(([work, now]) => [
    WORKS[work].title,
    ...['instructions', 'bytes'].flatMap((key) => {
      const before = known[work]?.[key];
      return [number(before), number(now[key]), changeCell(before, now[key])];
    }),
  ]);
  console.log(table(head, rows));
}

/** @param {Record<string, Counts>} counted @param {Record<string, Counts>} known */
function warn(counted, known) {
  for (const [work, now] of Object.entries(counted)) {
    for (const key of ['instructions', 'bytes']) {
      const before = known[work]?.[key];
      if (before === undefined || Math.abs(changeOf(before, now[key])) <= NOTABLE) continue;
      const change = changeCell(before, now[key]);
      console.log(`warning: ${WORKS[work].title}: ${change} ${key}; if that is meant: ${ACCEPT}`);
    }
  }
}

async function main() {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const valgrind = findPart('valgrind');
  if (!valgrind) {
    console.error(howToInstall('valgrind'));
    if (process.env.CI === 'true') process.exitCode = 1;
    return;
  }
  const baseline = await readBaseline();
  const counted = await countAll(valgrind);
  print(counted, baseline?.works);
  if (values.write) {
    await writeFile(BASELINE, `${JSON.stringify({ runtime, works: counted }, null, 2)}\n`);
  } else if (!baseline) {
    console.log(`There is no baseline yet: ${ACCEPT}`);
  } else if (baseline.runtime !== runtime) {
    console.log(`The baseline is of ${baseline.runtime}, this is ${runtime}: nothing is judged.`);
  } else {
    warn(counted, baseline.works);
  }
}

await main();
