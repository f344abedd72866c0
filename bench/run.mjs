/**
 * utilityfog-telemetry beside its peers and beside the bare work, all in one run.
 * `node bench/run.mjs [part ...] [--quick] [--write] [--without <contender>]`
 */
import { writeFile } from 'node:fs/promises';
import { describeMachine } from './harness/machine.mjs';
import { findBest } from './harness/quiet.mjs';
import { digits, table } from './harness/table.mjs';
import { readOptions } from './options.mjs';
import { allocations } from './parts/allocations.mjs';
import { collection } from './parts/collection.mjs';
import { contention } from './parts/contention.mjs';
import { creation } from './parts/creation.mjs';
import { events } from './parts/events.mjs';
import { hotPath } from './parts/hot-path.mjs';
import { scaling } from './parts/scaling.mjs';
import { scrape } from './parts/scrape.mjs';
import { startup } from './parts/startup.mjs';

const RESULTS = new URL('results.json', import.meta.url);

const RUN = {
  'hot-path': hotPath,
  creation,
  scrape,
  events,
  scaling,
  collection,
  startup,
  contention,
  allocations,
};

/** @param {{ quick: boolean }} options */
function plans({ quick }) {
  const quietNs = findBest(500);
  const loop = quick
    ? { launches: 1, rounds: 5, sliceMs: 2, warmUpMs: 200, quietNs }
    : { launches: 3, rounds: 9, sliceMs: 2, warmUpMs: 400, quietNs };
  const many = { series: 100_000, rounds: quick ? 2 : 7 };
  const fresh = { rounds: quick ? 11 : 41 };
  const million = { recordings: 1_000_000, warmUp: 4_000_000 };
  const garbage = quick
    ? { launches: 1, rounds: 3, ...million }
    : { launches: 3, rounds: 5, ...million };
  const threads = { launches: quick ? 1 : 3, rounds: quick ? 5 : 9, ms: 300, warmUpMs: 1000 };
  const sizes = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
  const growing = {
    sizes: quick ? [1000, 10_000, 100_000] : sizes,
    rounds: quick ? 2 : 3,
    peersUpTo: 100_000,
    patienceMs: 5000,
  };
  return {
    'hot-path': loop,
    events: loop,
    creation: many,
    scrape: many,
    scaling: growing,
    collection: many,
    startup: fresh,
    contention: threads,
    allocations: garbage,
  };
}

function progress(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

function printFigures(figures) {
  if (figures.length === 0) return;
  const rows = figures.map(({ title, wanted, found, verdict }) => [
    title,
    wanted,
    `${digits(found.median)} (${digits(found.low)}–${digits(found.high)})`,
    verdict,
  ]);
  console.log(`\n${table(['figure', 'wanted', 'found (quartiles)', 'verdict'], rows)}`);
}

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

const options = optionsOrExit();
const machine = describeMachine([...options.contenders, { package: '@grafana/faro-core' }]);
const plan = plans(options);
console.log(JSON.stringify(machine, null, 2));
console.log('Medians; ± is half the distance between the quartiles; in brackets the quartiles.');

const parts = {};
for (const part of options.parts) {
  const { rows, text, figures } = await RUN[part](options, plan[part], progress);
  progress('');
  console.log(`\n${text}`);
  parts[part] = { rows, figures };
}
printFigures(Object.values(parts).flatMap(({ figures }) => figures));
if (options.write) {
  await writeFile(RESULTS, `${JSON.stringify({ machine, plan, parts }, null, 2)}\n`);
}
