/**
 * The process that callgrind watches: `node workload.mjs <work>`. Each section of its work lies between two
 * marks. The last sections are an empty one, whose cost does not belong to the work, and those that count.
 */
import os from 'node:os';
import { TelemetryCollector } from 'utilityfog-telemetry';
import { checkHeld } from '../harness/check.mjs';
import { SECTIONS, WORKS } from './works.mjs';

/** Calls `uv_os_getpriority`. callgrind ends a section before it, and nothing else calls it. */
const mark = () => os.getPriority(0);

const collector = new TelemetryCollector({ link: 'inline', seriesLimit: 200_000 });
const work = WORKS[process.argv[2]].open(collector);
await collector.flush();
if (collector.link !== 'inline') throw new Error(`the link is ${collector.link}, not inline`);

let done = 0;

/** @returns {Promise<number>} the bytes by which the heap has grown; there is room for all of them */
async function section(n) {
  const before = process.memoryUsage().heapUsed;
  mark();
  await work.run(n);
  mark();
  const grown = process.memoryUsage().heapUsed - before;
  await work.settle?.();
  done += n;
  return grown;
}

while (done < work.warmUp) await section(work.n);
const empty = await section(0);
const bytes = [];
for (let i = 0; i < SECTIONS; i++) bytes.push((await section(work.n)) - empty);

const { series = 1, expected = (count) => count } = work;
checkHeld(await work.read(), { series, total: expected(done) });
console.log(JSON.stringify({ operations: work.n, bytes }));
await collector.shutdown();
