import { monotonic } from '../../platform/timers.ts';

/** Returns a function that says yes so many times in each minute. */
export function perMinute(most: number): () => boolean {
  let begin = -Infinity;
  let count = 0;
  return () => {
    const now = monotonic();
    if (now - begin >= 60) {
      begin = now;
      count = 0;
    }
    return count++ < most;
  };
}
