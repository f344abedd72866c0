/** How often values come, and how long a series has been silent, compared with its longest gap lately. */

/** A score of 0.9 is reached after so many of the longest gaps. */
const GAPS = 10;
/** Gaps are forgotten after about so many values. */
const MEMORY = 1000;
/** A gap changes the usual interval as if it were so many intervals at most. */
const LONGEST_COUNTED = 3;
/** Gaps that are seen before silence is noticed. */
const WARM_UP = 20;

const COUNT = 0;
const LAST = 1;
const LONGEST = 2;
const INTERVAL = 3;
export const SILENCE_SIZE = 4;

/**
 * Takes the time of a value.
 * @returns whether the series goes on after a gap that is much longer than those before
 */
export function heard(state: Float64Array, at: number, seconds: number): boolean {
  const count = state[at + COUNT]!;
  const gap = seconds - state[at + LAST]!;
  const longest = state[at + LONGEST]!;
  state[at + COUNT] = count + 1;
  state[at + LAST] = seconds;
  // A clock that was set back tells nothing of gaps.
  if (count === 0 || gap <= 0) return false;
  const interval = state[at + INTERVAL]! || gap;
  const more = Math.min(gap, LONGEST_COUNTED * interval) - interval;
  state[at + INTERVAL] = interval + more / Math.min(count, MEMORY);
  const isPause = count > WARM_UP && longest > 0 && gap > GAPS * longest;
  // A night without values, or a clock that was wrong for a moment, would hide each silence for days afterwards.
  const counted = isPause ? GAPS * longest : gap;
  state[at + LONGEST] = Math.max(counted, longest * (1 - 1 / MEMORY));
  return isPause;
}

/** Returns the score of the silence since the last value. If the clock was set back, the silence counts from there. */
export function silentFor(state: Float64Array, at: number, seconds: number): number {
  if (seconds < state[at + LAST]!) state[at + LAST] = seconds;
  const longest = state[at + LONGEST]!;
  const gaps = (seconds - state[at + LAST]!) / longest;
  // All values may have come at the same time: then nothing is known of gaps.
  if (state[at + COUNT]! <= WARM_UP || longest === 0 || !(gaps > 1)) return 0;
  return 1 - 10 ** (-(gaps - 1) / (GAPS - 1));
}

/** Returns how many seconds usually lie between two values; 0 if there was no gap yet. */
export const usualInterval = (state: Float64Array, at: number): number => state[at + INTERVAL]!;

export const lastHeard = (state: Float64Array, at: number): number => state[at + LAST]!;
