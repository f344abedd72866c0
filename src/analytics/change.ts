/** How far the mean of the last values has moved from that of the long run. */
import { OUTLIER_SIZE, outlying } from './outlier.ts';

/** The mean is that of about so many values. */
const SHORT = 8;

const COUNT = 0;
const MEAN = 1;
const OUTLIER = 2;
export const CHANGE_SIZE = OUTLIER + OUTLIER_SIZE;

/** Takes a value. Returns `-log10` of the probability that the mean is so far away. */
export function changed(state: Float64Array, at: number, value: number): number {
  const count = state[at + COUNT]!;
  state[at + COUNT] = Math.min(count + 1, SHORT);
  const before = state[at + MEAN]!;
  const mean = before + (value - before) / (Math.min(count, SHORT - 1) + 1);
  state[at + MEAN] = mean;
  return outlying(state, at + OUTLIER, mean);
}

/** Begins the short mean anew, after a gap. */
export function forgetShortMean(state: Float64Array, at: number): void {
  state[at + COUNT] = 0;
}
