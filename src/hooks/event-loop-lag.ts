import type { IntervalHistogram } from 'node:perf_hooks';
import { monotonic } from '../platform/timers.ts';

/** Every reading covers so much, at least: whoever comes once a minute sees each stall. Seconds. */
const WINDOW = 65;

/**
 * The delays of the event loop over the last one to two minutes. Two monitors take turns: one is begun
 * anew, the other goes on and is the one that is read. So a reading erases nothing, whoever else reads.
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
