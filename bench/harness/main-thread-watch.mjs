/**
 * Watches how long the main thread cannot be reached: the longest time between two turns of a loop
 * that asks for the next turn at once.
 */
import { mainThreadTime, timesAsleep } from './thread-time.mjs';

/**
 * Each turn lasts some 0.1 ms. With shorter turns there would be more of them, and the event loop's garbage
 * would cause the gaps that the watch looks for. Asking for the time would, too.
 */
const STEPS_OF_A_TURN = 10_000;

const cell = new Int32Array(1);

function passTime() {
  for (let i = 0; i < STEPS_OF_A_TURN; i++) Atomics.add(cell, 0, 1);
}

/** Gaps shorter than this are ordinary turns of the event loop. */
const NOTABLE_MS = 0.5;

/** How often the books are read when nothing happens. */
const REFRESH_MS = 1;

const readBooks = () => ({ ...mainThreadTime(), asleep: timesAsleep() });

/**
 * Returns how much of a gap the process itself caused. The time that the thread was ready and had no core
 * does not count. If it did not go to sleep, only the time that it ran counts: in the rest a virtual
 * machine stood still.
 */
function ownPart(gap, before, after) {
  const own = gap - (after.waiting - before.waiting) / 1e6;
  const stayedAwake = after.asleep === before.asleep;
  const most = stayedAwake ? Math.min(own, (after.running - before.running) / 1e6) : own;
  return Math.max(0, most);
}

/** @returns {() => number} ends the watch and gives the longest gap in milliseconds */
export function watchMainThread() {
  let watching = true;
  let longest = 0;
  let books = readBooks();
  let refreshed = performance.now();
  let last = refreshed;

  const look = () => {
    const now = performance.now();
    const gap = now - last;
    if (gap < NOTABLE_MS && now - refreshed < REFRESH_MS) {
      longest = Math.max(longest, gap);
    } else {
      const before = books;
      books = readBooks();
      longest = Math.max(longest, ownPart(gap, before, books));
      refreshed = performance.now();
    }
    passTime();
    last = performance.now();
    if (watching) setImmediate(look);
  };
  setImmediate(look);

  return () => {
    look();
    watching = false;
    return longest;
  };
}
