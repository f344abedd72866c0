/**
 * A process that creates many series with one contender and is scraped:
 * `many-series.mjs <module, relative to bench/> <series>`, with --expose-gc.
 */
import { checkHeld } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';
import { watchMainThread } from '../harness/main-thread-watch.mjs';
import { mainThreadTime, processTime, startStopwatch } from '../harness/thread-time.mjs';
import { manyLabelSets } from '../inputs.mjs';

/** Series that change between two scrapes, so that no earlier answer will do. */
const TOUCHED = 1000;

const [module, countArgument] = args;
const count = Number(countArgument);
const sets = manyLabelSets(count);
const { open } = await import(new URL(`../${module}`, import.meta.url).href);
/** @type {import('../contenders/list.mjs').Contender} */
const contender = await open();
const many = contender.createSeries(sets);

let total = 0;
let server;

function touch(n) {
  many.touch(n);
  total += n;
}

/** After a collection of garbage: what is left is held. A page knows of its heap alone. */
function memory() {
  globalThis.gc();
  if (globalThis.process) return process.memoryUsage();
  return { heapUsed: performance.memory.usedJSHeapSize };
}

async function create() {
  const before = memory();
  const stopwatch = startStopwatch();
  touch(count);
  const ns = stopwatch();
  const after = memory();
  const bytes = (key) => (after[key] - before[key]) / count;
  return {
    us: ns / count / 1000,
    heap: bytes('heapUsed'),
    buffers: bytes('arrayBuffers'),
    resident: bytes('rss'),
  };
}

/** What a scrape has to show now. */
const expected = () => ({ series: count, total });

/** What `work` costs, and for how long at most it keeps the main thread from anything else. */
async function timed(work, { watched }) {
  const start = { at: performance.now(), main: mainThreadTime().running, all: processTime() };
  const endWatch = watched ? watchMainThread() : undefined;
  const result = await work();
  const answered = performance.now() - start.at;
  const blocked = endWatch?.();
  const main = mainThreadTime().running - start.main;
  const others = Math.max(0, processTime() - start.all - main);
  return { result, figures: { answered, blocked, main: main / 1e6, others: others / 1e6 } };
}

async function scrape({ watched }) {
  touch(TOUCHED);
  const { result, figures } = await timed(() => many.scrape(), { watched });
  checkHeld(many.count(result), expected());
  return figures;
}

/** The longest time that the watch sees when nothing happens. */
async function idle(ms) {
  const endWatch = watchMainThread();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return endWatch();
}

async function serve() {
  server = await many.serve();
  return server.url;
}

let arrived;
let underWay;

/** Begins to take the time of what another process is about to ask for; `observed` ends it. */
async function observe({ watched }) {
  touch(TOUCHED);
  const answered = new Promise((resolve) => {
    arrived = resolve;
  });
  underWay = timed(() => answered, { watched });
}

async function observed() {
  arrived();
  const { figures } = await underWay;
  return figures;
}

/** Answers, and then does nothing but run in a circle. */
async function getStuck(ms) {
  setTimeout(() => {
    for (const end = performance.now() + ms; performance.now() < end; );
  }, 20);
}

answer({ create, expected, scrape, idle, serve, observe, observed, getStuck }, async () => {
  await server?.close();
  await contender.close();
});
