/**
 * A process that creates many series with one contender and is scraped:
 * `many-series.mjs <module, relative to bench/> <series> [<options, as JSON>]`, with --expose-gc.
 */
import { checkHeld } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';
import { watchMainThread } from '../harness/main-thread-watch.mjs';
import { resetPeak, residentMemory, residentPeak } from '../harness/resident-memory.mjs';
import { startStopwatch } from '../harness/thread-time.mjs';
import { timed } from '../harness/timed.mjs';
import { AS_MANY, manyLabelSets } from '../inputs.mjs';

/** Series that change between two scrapes, so that no earlier answer will do. */
const TOUCHED = 1000;

/**
 * Ours does not wait for a thread that seems stuck where it would have to ask it. After changing a
 * million series in one go, the thread is given the time to show that it is not: it beats twice a
 * second.
 */
const BEAT_MS = 600;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const [module, countArgument, options = '{}'] = args;
const count = Number(countArgument);
const sets = manyLabelSets(count);
const { open } = await import(new URL(`../${module}`, import.meta.url).href);
/** @type {import('../contenders/list.mjs').Contender} */
const contender = await open(JSON.parse(options));
const many = contender.createSeries(sets);

let total = 0;
let server;

/** @param {number} [every]  not all of the first `n`, but each `every`-th */
function touch(n, every = 1) {
  many.touch(n, every);
  total += Math.ceil(n / every);
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
    usAtFirst: ns / count / 1000,
    heap: bytes('heapUsed'),
    buffers: bytes('arrayBuffers'),
    resident: bytes('rss'),
  };
}

/** Once more in another family, where the engine has compiled what creates series. */
async function createAsMany() {
  const asMany = contender.createSeries(sets, AS_MANY);
  const stopwatch = startStopwatch();
  asMany.touch(count);
  const ns = stopwatch();
  checkHeld(asMany.count(await asMany.scrape()), { series: count, total: count });
  return { us: ns / count / 1000 };
}

/** What a scrape has to show now. */
const expected = () => ({ series: count, total });

async function scrape({ watched }) {
  touch(TOUCHED);
  const { result, figures } = await timed(() => many.scrape(), { watched });
  checkHeld(many.count(result), expected());
  return figures;
}

/** The longest time that the watch sees when nothing happens. */
async function idle(ms) {
  const endWatch = watchMainThread();
  await pause(ms);
  return endWatch();
}

async function serve() {
  server = await many.serve();
  return server.url;
}

let arrived;
let underWay;

/** Resolves when all series are known where they are read, before anything has been scraped. */
const settle = () => many.settle?.();

let resident;

/** Begins to take the time of what another process is about to ask for; `observed` ends it. */
async function observe({ watched, touched = TOUCHED, every, tidied = false }) {
  const start = performance.now();
  touch(touched, every);
  // The garbage of creating and changing series is none of the scrape's. Not where time counts: what
  // follows a forced collection is slower.
  if (tidied) globalThis.gc();
  if (performance.now() - start > BEAT_MS / 2) await pause(BEAT_MS);
  resetPeak();
  resident = residentMemory();
  const answered = new Promise((resolve) => {
    arrived = resolve;
  });
  underWay = timed(() => answered, { watched });
}

async function observed() {
  arrived();
  const { figures } = await underWay;
  return { ...figures, grown: residentPeak() - resident };
}

/** Answers, and then does nothing but run in a circle. */
async function getStuck(ms) {
  setTimeout(() => {
    for (const end = performance.now() + ms; performance.now() < end; );
  }, 20);
}

const commands = {
  create,
  createAsMany,
  settle,
  expected,
  scrape,
  idle,
  serve,
  observe,
  observed,
  getStuck,
};

answer(commands, async () => {
  await server?.close();
  await contender.close();
});
