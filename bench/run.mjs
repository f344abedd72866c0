/**
 * Measures utilityfog-telemetry, its peers and the bare work, all in one run. `node bench/run.mjs [part
 * ...] [--quick] [--write] [--runtime <ids>] [--without <contender>]`
 */
import { FARO } from './contenders/list.mjs';
import { describeMachine, machineLines } from './harness/machine.mjs';
import { visit } from './harness/place.mjs';
import { findBest } from './harness/quiet.mjs';
import { describeQuiet, probe, takeQuietShare } from './harness/quiet-share.mjs';
import { findRuntime } from './harness/runtimes.mjs';
import { figuresTable } from './harness/table.mjs';
import { placesOf, readOptions } from './options.mjs';
import { writePage } from './page/write.mjs';
import { allocations } from './parts/allocations.mjs';
import { collection } from './parts/collection.mjs';
import { contention } from './parts/contention.mjs';
import { creation } from './parts/creation.mjs';
import { events } from './parts/events.mjs';
import { formats } from './parts/formats.mjs';
import { frames } from './parts/frames.mjs';
import { hotPath } from './parts/hot-path.mjs';
import { opentelemetry } from './parts/opentelemetry.mjs';
import { push } from './parts/push.mjs';
import { scaling } from './parts/scaling.mjs';
import { scrape } from './parts/scrape.mjs';
import { spanFrames } from './parts/span-frames.mjs';
import { startup } from './parts/startup.mjs';
import { plans } from './plans.mjs';
import { mergeResults, readResults, writeResults } from './results.mjs';

const RUN = {
  'hot-path': hotPath,
  opentelemetry,
  creation,
  scrape,
  formats,
  push,
  events,
  scaling,
  collection,
  startup,
  contention,
  allocations,
  frames,
  'span-frames': spanFrames,
};

function progress(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

/** How quiet the machine is before the benchmark begins. */
function lookAround() {
  findBest(500);
  for (let i = 0; i < 100; i++) probe();
  return takeQuietShare();
}

/** @param {import('./harness/place.mjs').Place} place */
async function runPart(part, options, place) {
  const machine = describeMachine([...place.contenders, FARO], place.name);
  const plan = plans(options, place)[part];
  probe();
  const found = await RUN[part]({ ...options, contenders: place.contenders }, plan, progress);
  probe();
  progress('');
  const quietShare = takeQuietShare();
  console.log(`\n### ${part}, ${place.name}\n\n${found.text}\n\n${describeQuiet(quietShare)}`);
  return { machine, command: options.command, plan, quietShare, notes: place.notes, ...found };
}

const options = optionsOrExit();
console.log(machineLines(describeMachine([...options.contenders, FARO], '')).join('\n'));
console.log(`Before it began: ${describeQuiet(lookAround())}`);
console.log('Medians; ± is half the distance between the quartiles; in brackets the quartiles.');

/** @type {import('./results.mjs').Results} */
const results = {};
for (const { runtime, parts } of placesOf(options)) {
  try {
    findRuntime(runtime);
  } catch (error) {
    console.log(`\n${parts.join(', ')}: ${error.message}`);
    continue;
  }
  const place = await visit(runtime, options.contenders);
  for (const note of place.notes) console.log(note);
  for (const part of parts) {
    results[part] = { ...results[part], [runtime]: await runPart(part, options, place) };
  }
}
const entries = Object.values(results).flatMap((of) => Object.values(of));
const figures = figuresTable(entries);
if (figures) console.log(`\n${figures}`);
if (entries.length > 0) {
  const least = Math.min(...entries.map((entry) => entry.quietShare));
  console.log(`\nIn the least quiet part: ${describeQuiet(least)}`);
}
if (options.write) {
  const merged = mergeResults(await readResults(), results);
  await writeResults(merged);
  await writePage(merged);
}
