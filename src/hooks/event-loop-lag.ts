import type { IntervalHistogram } from 'node:perf_hooks';
import { monotonic } from '../platform/timers.ts';

/** Every reading covers at least so much time, so whoever reads once a minute sees each stall. Seconds. */
const WINDOW = 65;

/**
 * Returns a function that reads the delays of the event loop over the last one to two minutes. Two monitors
 * take turns: one is started anew, the other goes on and is read. So a reading erases nothing, and there
 * may be any number of readers.
 */
export function recentDelays(
  monitor: () => IntervalHistogram,
  now: () => number = monotonic,
): () => IntervalHistogram {
  let read = monitor();
  let next = monitor();
  let begun = now();
  read.enable();
  next.enable();
  return () => {
    if (now() - begun >= WINDOW) {
      read.reset();
      [read, next] = [next, read];
      begun = now();
    }
    return read;
  };
}
