/**
 * Watches how long the main thread cannot be reached: the longest time between two turns of a loop
 * that asks for the next turn at once.
 */
import { mainThreadTime } from './thread-time.mjs';

/** Gaps shorter than this are ordinary turns of the event loop. */
const NOTABLE_MS = 0.5;

/** How often the time spent waiting for a core is read when nothing happens. */
const REFRESH_MS = 2;

/**
 * @returns {() => number} ends the watch and gives the longest gap in milliseconds, less the time
 *   in it that the thread was ready and had no core
 */
export function watchMainThread() {
  let watching = true;
  let longest = 0;
  let waiting = mainThreadTime().waiting;
  let refreshed = performance.now();
  let last = refreshed;

  const look = () => {
    const now = performance.now();
    const gap = now - last;
    if (gap > NOTABLE_MS || now - refreshed > REFRESH_MS) {
      const before = waiting;
      waiting = mainThreadTime().waiting;
      longest = Math.max(longest, gap - Math.min(gap, (waiting - before) / 1e6));
      refreshed = performance.now();
    } else {
      longest = Math.max(longest, gap);
    }
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
