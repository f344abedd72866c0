/**
 * utilityfog-telemetry beside its peers and beside the bare work, all in one run.
 * `node bench/run.mjs [part ...] [--quick] [--write] [--without <contender>]`
 */
import { writeFile } from 'node:fs/promises';
import { describeMachine } from './harness/machine.mjs';
import { findBest } from './harness/quiet.mjs';
import { digits, table } from './harness/table.mjs';
import { readOptions } from './options.mjs';
import { creation } from './parts/creation.mjs';
import { events } from './parts/events.mjs';
import { frames } from './parts/frames.mjs';
import { hotPath } from './parts/hot-path.mjs';
import { scrape } from './parts/scrape.mjs';

const RESULTS = new URL('results.json', import.meta.url);

const RUN = { 'hot-path': hotPath, creation, scrape, events, frames };

/** @param {{ quick: boolean }} options */
function plans({ quick }) {
  const quietNs = findBest(500);
  const loop = quick
    ? { launches: 1, rounds: 5, sliceMs: 2, warmUpMs: 200, quietNs }
    : { launches: 3, rounds: 9, sliceMs: 2, warmUpMs: 400, quietNs };
  const many = { series: 100_000, rounds: quick ? 2 : 7 };
  const page = quick
    ? { series: 100_000, rounds: 2, warmUpMs: 1500, measuredMs: 3000 }
    : { series: 100_000, rounds: 4, warmUpMs: 3000, measuredMs: 10_000 };
  return { 'hot-path': loop, events: loop, creation: many, scrape: many, frames: page };
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
const machine = describeMachine(options.contenders);
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
