/**
 * Since when samples count, as counters tell it that know when they began. Without it a reset is seen only where a
 * counter falls. All times are in milliseconds since 1970; a start of 0 is not known.
 */

/** Times of samples, and since when each of them counts. */
export interface Started {
  readonly times: ArrayLike<number>;
  readonly starts: ArrayLike<number>;
}

/** Whether the counter began anew between two samples. */
export function beganBetween(
  timeBefore: number,
  startBefore: number,
  start: number | undefined,
): boolean {
  if (!start || start < timeBefore) return false;
  // What began just at the sample before may be what that sample has counted already.
  return start > timeBefore || start !== startBefore;
}

/** Whether sample `i` counts anew since the one before. */
export function startedAnew({ times, starts }: Started, i: number): boolean {
  return beganBetween(times[i - 1]!, starts[i - 1]!, starts[i]);
}

/** Returns when the counter was zero in the window before sample `i`, the first in it; the time of that if never. */
export function zeroBefore({ times, starts }: Started, i: number, start: number): number {
  const zero = starts[i]!;
  const time = times[i]!;
  return zero > start && zero !== 0 && zero < time ? zero : time;
}
