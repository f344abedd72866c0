/**
 * `npm run test:promql -- --expressions 100000 --ranges 10000 --seed 1` asks random expressions of the engine and of a
 * real Prometheus, at one time and at several times, and prints how many answers differ for which reasons.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { expressions: text, ranges: text, seed: text } });
const { expressions = '100000', ranges = '10000', seed = '1' } = values;
if (![expressions, ranges, seed].every((value) => /^\d+$/.test(value))) {
  const given = `${expressions}, ${ranges} and ${seed}`;
  throw new RangeError(`--expressions, --ranges and --seed take whole numbers, got ${given}`);
}

const vitest = fileURLToPath(new URL('../test/node_modules/vitest/vitest.mjs', import.meta.url));
const file = 'test/promql/random-expressions.test.ts';
const env = { ...process.env };
Object.assign(env, { PROMQL_EXPRESSIONS: expressions, PROMQL_RANGES: ranges, PROMQL_SEED: seed });
const args = [vitest, 'run', file, '--disableConsoleIntercept=true'];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
process.exitCode = status ?? 1;
