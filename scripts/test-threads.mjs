/**
 * `npm run test:threads -- --seeds 500 --from 1000` runs random programs of threads, with 500 seeds from 1000
 * on. For each failure it prints the seed and the program. With `--shrink` it prints the shortest program
 * that still fails, which takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const { values } = parseArgs({ options: { seeds: text, from: text, erases: flag, shrink: flag } });
const { seeds = '300', from = '1000', erases, shrink } = values;
if (![seeds, from].every((value) => /^\d+$/.test(value))) {
  throw new RangeError(`--seeds and --from take whole numbers, got ${seeds} and ${from}`);
}

const vitest = fileURLToPath(new URL('../test/node_modules/vitest/vitest.mjs', import.meta.url));
const env = { ...process.env, THREADS_SEEDS: seeds, THREADS_FROM: from };
if (erases) env.THREADS_ERASES = '1';
if (shrink) env.THREADS_SHRINK = '1';
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    'test/threads/random-programs.test.ts',
    '--reporter=dot',
    '--disableConsoleIntercept=true',
  ],
  { stdio: 'inherit', env },
);
process.exitCode = status ?? 1;
