/**
 * Records in one or two threads for as long as a phase lasts. The CPU time of the thread itself counts,
 * since waiting for a core is nobody's fault here.
 */
import { ownThreadTime } from './own-thread-time.mjs';

/** The memory that both threads see. */
export const STOPPED = 0;
export const READY = 1;

/** How many recordings are made between two looks at the clock or the flag. */
const BATCH = 8000;

/** @typedef {{ done: number, ns: number }} Recorded  `ns`: CPU time of one recording. */

/**
 * @param {(n: number) => void} run
 * @param {() => boolean} goesOn
 * @returns {Recorded}
 */
export function recordWhile(run, goesOn) {
  const start = ownThreadTime();
  let done = 0;
  while (goesOn()) {
    run(BATCH);
    done += BATCH;
  }
  return { done, ns: (ownThreadTime() - start) / done };
}
