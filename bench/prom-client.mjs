/**
 * Measures `utilityfog-telemetry/prom-client` beside prom-client itself: the operations of prom-client's own benchmark.
 *
 *   npm run build && node scripts/install-parts.mjs peers && node bench/prom-client.mjs [--quick] [--only TEXT]
 *
 * Each of the two has a process of its own. They take turns, so that both have the same of what else the machine does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { OPERATIONS } from './prom-client-operations.mjs';

const CLIENTS = {
  theirs: createRequire(new URL('peers/package.json', import.meta.url)).resolve('prom-client'),
  ours: fileURLToPath(new URL('../dist/prom-client.cjs', import.meta.url)),
};
const isQuick = process.argv.includes('--quick');
const only = process.argv[process.argv.indexOf('--only') + 1];
const isWanted = (name) => !process.argv.includes('--only') || name.includes(only);
/** Short slices, of which some are not interrupted. */
const ROUNDS = isQuick ? 30 : 100;
const SLICE_MS = 3;

if (process.send) await measure();
else await compare();

/** Runs operations for the parent, which says which and when. */
async function measure() {
  const client = createRequire(import.meta.url)(process.argv[2]);
  let run;
  process.on('message', async ({ prepare, slice }) => {
    if (prepare) {
      const { setUp, isAsync } = OPERATIONS[prepare];
      const made = await setUp(client);
      run = isAsync ? (ms) => sliceOfPromises(made, ms) : (ms) => sliceOf(made, ms);
      await run(300);
      process.send('ready');
    } else process.send(await run(slice));
  });
}

/** Returns the nanoseconds of one operation. A call does as many as it returns. */
function sliceOf(call, ms) {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    for (let i = 0; i < 20; i++) count += call();
    elapsed = performance.now() - start;
  }
  return (elapsed * 1e6) / count;
}

async function sliceOfPromises(call, ms) {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    count += await call();
    elapsed = performance.now() - start;
  }
  return (elapsed * 1e6) / count;
}

async function compare() {
  const self = fileURLToPath(import.meta.url);
  console.log('| ns for one, in the fastest slice | prom-client | ours | prom-client / ours |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const name of Object.keys(OPERATIONS).filter(isWanted)) {
    const children = Object.fromEntries(
      Object.entries(CLIENTS).map(([id, path]) => [
        id,
        fork(self, [path], { execArgv: ['--expose-gc'] }),
      ]),
    );
    const ask = async (id, message) => {
      children[id].send(message);
      return (await once(children[id], 'message'))[0];
    };
    const times = { theirs: [], ours: [] };
    for (const id of Object.keys(children)) await ask(id, { prepare: name });
    for (let i = 0; i < ROUNDS; i++) {
      for (const id of Object.keys(children)) times[id].push(await ask(id, { slice: SLICE_MS }));
    }
    for (const child of Object.values(children)) child.kill();
    // Whatever else the machine does makes slices slower and none faster.
    const [theirs, ours] = [Math.min(...times.theirs), Math.min(...times.ours)];
    const cells = [shown(theirs), shown(ours), `${(theirs / ours).toPrecision(3)}x`];
    console.log(`| ${[name, ...cells].join(' | ')} |`);
  }
}

function shown(ns) {
  return Number(ns.toPrecision(3)).toLocaleString('en');
}
