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

/** How many series change between two scrapes, so that no earlier answer will do. */
const TOUCHED = 1000;

/**
 * Ours does not wait for a thread that seems stuck when it has to ask it. After a million series were
 * changed in one go, the thread gets time to show that it is not stuck: it beats twice a second.
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

/** Measured after a garbage collection, so that what is left is held. A page knows only its heap. */
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

/** Creates as many series once more, in another family: by now the engine has compiled what creates them. */
async function createAsMany() {
  const asMany = contender.createSeries(sets, AS_MANY);
  const stopwatch = startStopwatch();
  asMany.touch(count);
  const ns = stopwatch();
  checkHeld(asMany.count(await asMany.scrape()), { series: count, total: count });
  return { us: ns / count / 1000 };
}

/** What a scrape must show now. */
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

async function serve(options) {
  server = await many.serve(options);
  return server.url;
}

let push;

async function openPusher({ kind, url }) {
  push = await many.pusher(kind, url);
}

/** Pushes everything once, after some series have changed. */
async function pushOnce({ watched }) {
  touch(TOUCHED);
  const { result, figures } = await timed(push, { watched });
  if (!result) throw new Error('the receiver has not taken it');
  return figures;
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
  // The garbage of creating and changing series must not count for the scrape. It is not collected where
  // time counts: what follows a forced collection is slower.
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

/** Answers, and then only spins. */
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
  openPusher,
  pushOnce,
  observe,
  observed,
  getStuck,
};

answer(commands, async () => {
  await server?.close();
  await contender.close();
});
