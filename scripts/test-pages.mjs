/**
 * `npm run test:pages -- --pages 10000 --seed 1` simulates pages that send through a relay, and prints what has become
 * of what they have recorded.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({ options: { pages: text, seed: text } });
const { pages = '10000', seed = '1' } = values;
if (![pages, seed].every((value) => /^\d+$/.test(value))) {
  throw new RangeError(`--pages and --seed take whole numbers, got ${pages} and ${seed}`);
}

const vitest = fileURLToPath(new URL('../test/node_modules/vitest/vitest.mjs', import.meta.url));
const args = ['run', 'test/relay/page-simulation.test.ts', '--disableConsoleIntercept=true'];
const env = { ...process.env, PAGES: pages, PAGES_SEED: seed };
const { status } = spawnSync(process.execPath, [vitest, ...args], { stdio: 'inherit', env });
process.exitCode = status ?? 1;
