/**
 * Runs one work under callgrind and reads its count.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { summarise } from '../harness/statistics.mjs';
import { SECTIONS } from './works.mjs';

const WORKLOAD = fileURLToPath(new URL('workload.mjs', import.meta.url));
const NAME = 'count';
const LIMIT_MS = 300_000;

/**
 * Found by experiment, on Node 20, with two or three runs each of four works:
 * - with no flag, runs differ by 1 to 5%, and the engine's other threads are counted: rendering took
 *   four times as much;
 * - `--single-threaded` brings that to 0.3% at most, for a short loop to not one instruction. That
 *   `--predictable` and the seeds add anything did not show; they cost nothing;
 * - `--jitless` is as repeatable, but a labelled increment then takes 5,300 instructions instead of
 *   490 and allocates three times as much: that is not the code that users run. With
 *   `--no-opt --always-sparkplug` it takes 3,400.
 */
const ENGINE = [
  '--predictable',
  '--single-threaded',
  '--random-seed=1',
  '--hash-seed=1',
  // No garbage collection falls into a section, so the growth of the heap is what was allocated.
  '--min-semi-space-size=128',
  '--max-semi-space-size=128',
];

/**
 * What was executed in each section, in the order of the marks. Callgrind writes a file at each mark
 * about the time since the one before; sections begin at every second mark.
 * @param {string} folder
 */
async function readSections(folder) {
  const numbers = (await readdir(folder))
    .map((name) => Number(name.slice(NAME.length + 1)))
    .filter((number) => number > 0 && number % 2 === 0)
    .sort((a, b) => a - b);
  return Promise.all(
    numbers.map(async (number) => {
      const text = await readFile(join(folder, `${NAME}.${number}`), 'utf8');
      return Number(/^summary: (\d+)$/m.exec(text)?.[1]);
    }),
  );
}

/**
 * @param {string} valgrind  its path
 * @param {string} work
 * @returns {Promise<{ instructions: number, bytes: number }>} for one operation
 */
export async function count(valgrind, work) {
  const folder = await mkdtemp(join(tmpdir(), 'instructions-'));
  const watch = ['-q', '--tool=callgrind', '--dump-before=uv_os_getpriority'];
  watch.push(`--callgrind-out-file=${join(folder, NAME)}`);
  try {
    const { stdout } = await promisify(execFile)(
      valgrind,
      [...watch, process.execPath, ...ENGINE, WORKLOAD, work],
      // The environment is on the stack, and would move what comes after it.
      { cwd: folder, env: { PATH: process.env.PATH }, timeout: LIMIT_MS },
    );
    const { operations, bytes } = JSON.parse(stdout);
    const [empty, ...full] = (await readSections(folder)).slice(-1 - SECTIONS);
    if (full.length < SECTIONS) throw new Error(`${work}: callgrind has not seen the marks`);
    const perOperation = (values) => Math.round(summarise(values).median / operations);
    return {
      instructions: perOperation(full.map((counted) => counted - empty)),
      bytes: perOperation(bytes),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
