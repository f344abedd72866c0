/**
 * Tells whether the core is being shared just now. On a virtual machine a neighbour on the other half of
 * the core can make everything half as fast for a tenth of a second, and no system figure shows it. So a
 * short loop of known length is timed right before and right after each slice of work. If it was slow, the
 * slice does not count.
 */
import { startClock } from './clock.mjs';

/** 10,000 atomic adds take some 0.1 ms. A shared core slows them down as much as anything. */
const STEPS = 10_000;

/**
 * How many times its best time the loop may take on a core that counts as quiet. V8 runs it at one speed,
 * or at half of that when disturbed. JavaScriptCore does the adds in a quarter of the time, and varies by
 * half on a quiet core; there only the worst disturbances are found.
 */
const TOLERANCE = globalThis.Bun ? 1.5 : 1.15;

const cells = new Int32Array(new (globalThis.SharedArrayBuffer ?? ArrayBuffer)(64));

function loop(steps) {
  for (let i = 0; i < steps; i++) Atomics.add(cells, 0, 1);
}

function timeLoop() {
  const elapsed = startClock();
  loop(STEPS);
  return elapsed();
}

let best = Number.POSITIVE_INFINITY;

/**
 * Finds how fast the loop is when nobody disturbs it.
 * @param {number} ms  how long to look for it
 * @param {number} [known]  the best that another process of the same run has seen
 */
export function findBest(ms, known = Number.POSITIVE_INFINITY) {
  best = Math.min(best, known);
  for (const end = performance.now() + ms; performance.now() < end; ) {
    best = Math.min(best, timeLoop());
  }
  return best;
}

/** @returns {boolean} whether the core is quiet now */
export function isQuiet() {
  const taken = timeLoop();
  best = Math.min(best, taken);
  return taken <= best * TOLERANCE;
}

/** @param {number} ms  give up after this long */
export function waitForQuiet(ms) {
  const end = performance.now() + ms;
  while (!isQuiet()) {
    if (performance.now() > end) return false;
  }
  return true;
}
