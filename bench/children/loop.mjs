/**
 * A process that repeats one work of one contender:
 * `loop.mjs <module, relative to bench/> <work>`.
 */
import { checkHeld } from '../harness/check.mjs';
import { answer, args } from '../harness/child.mjs';
import { findBest, isQuiet, waitForQuiet } from '../harness/quiet.mjs';
import { mainThreadTime, startStopwatch } from '../harness/thread-time.mjs';

/** How many slices a round consists of. */
const SLICES = 3;

/** How long a round tries to get the core to itself before it takes what it has. */
const PATIENCE_MS = 200;

const [module, name] = args;
const { open } = await import(new URL(`../${module}`, import.meta.url).href);
/** @type {import('../contenders/list.mjs').Contender} */
const contender = await open();
/** @type {import('../contenders/list.mjs').Work} */
const work = await contender.works[name]();

/**
 * A page cannot tell whether its thread was waiting for a core. There, a slice that takes so many times as
 * long as the fastest one counts as disturbed.
 */
const INTERRUPTED = 1.5;
const tellsWaiting = Number.isFinite(mainThreadTime().running);
let fastest = Number.POSITIVE_INFINITY;

let done = 0;
let perSlice = 0;

/**
 * Only the call is timed; settling is not, and shows in the CPU time of the thread.
 * @param {import('../contenders/list.mjs').Work} subject
 * @param {number} n
 */
async function slice(subject, n) {
  const start = mainThreadTime().running;
  const stopwatch = startStopwatch();
  subject.run(n);
  const ns = stopwatch() / n;
  const called = mainThreadTime().running;
  const quietAfter = isQuiet();
  const settling = mainThreadTime().running;
  await subject.settle?.();
  const settled = mainThreadTime().running;
  return { ns, cpuNs: (called - start + settled - settling) / n, quietAfter };
}

function sliceOfWork(n) {
  done += n;
  return slice(work, n);
}

/** Does every other work of this contender, so that the engine has seen a whole application's calls. */
async function runOthers() {
  for (const other of Object.keys(contender.works)) {
    if (other === name) continue;
    const subject = await contender.works[other]();
    for (let i = 0; i < 100; i++) await slice(subject, 500);
  }
}

/** Finds how many repetitions fill a slice, then goes on with that number until everything is compiled. */
async function prepare({ sliceMs, warmUpMs, mixed, quietNs }) {
  if (mixed) await runOthers();
  findBest(20, quietNs);
  const limit = work.burst ?? Number.POSITIVE_INFINITY;
  const deadline = performance.now() + warmUpMs;
  perSlice = Math.min(200, limit);
  // On a busy machine the time may be over before that number is found.
  for (let isFilled = false; !isFilled || performance.now() < deadline; ) {
    const { ns } = await sliceOfWork(perSlice);
    isFilled = perSlice === limit || ns * perSlice >= (sliceMs * 1e6) / 2;
    if (!isFilled) perSlice = Math.min(perSlice * 2, limit);
  }
}

/**
 * Times some slices, one after the other, with the core to itself if possible.
 * @returns {Promise<import('../harness/rounds.mjs').Round>}
 */
async function round() {
  const quiet = [];
  const disturbed = [];
  const deadline = performance.now() + PATIENCE_MS;
  while (quiet.length < SLICES && (performance.now() < deadline || disturbed.length < SLICES)) {
    const quietBefore = waitForQuiet(deadline - performance.now());
    const { quietAfter, ...timed } = await sliceOfWork(perSlice);
    fastest = Math.min(fastest, timed.ns);
    const isWhole = tellsWaiting || timed.ns < fastest * INTERRUPTED;
    (quietBefore && quietAfter && isWhole ? quiet : disturbed).push(timed);
  }
  const isQuietRound = quiet.length >= SLICES;
  const slices = isQuietRound ? quiet : disturbed;
  const mean = (key) => slices.reduce((sum, timed) => sum + timed[key], 0) / slices.length;
  const counted = { quiet: quiet.length, all: quiet.length + disturbed.length };
  return { ns: mean('ns'), cpuNs: mean('cpuNs'), quiet: isQuietRound, slices: counted };
}

async function check() {
  const { series = 1, expected = (count) => count } = work;
  checkHeld(await work.read(), { series, total: expected(done) });
}

answer({ prepare, round, check }, () => contender.close());
