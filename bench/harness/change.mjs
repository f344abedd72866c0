/** Says whether one version takes longer than another, from the ratios of the rounds. */
import { TOO_WIDE } from './verdict.mjs';

/** Processes that run exactly the same code differ by this much, and now and then by more. */
const MARGIN = 0.03;

/** If both quartiles are this close to 1, the spread can hide nothing. */
const CLOSE = 0.1;

export const NO_DIFFERENCE = 'no difference to tell';

/**
 * @param {import('./statistics.mjs').Summary} ratio  after / before
 * @param {{ less: string, more: string }} words
 * @param {number[]} [launches]  the ratio of each launch; where they do not agree, a launch has been
 *   lucky, for all rounds of one run the same compiled code
 */
export function describeChange({ low, high }, { less, more }, launches = []) {
  if (Math.max(high, ...launches) < 1 - MARGIN) return less;
  if (Math.min(low, ...launches) > 1 + MARGIN) return more;
  return low >= 1 - CLOSE && high <= 1 + CLOSE ? NO_DIFFERENCE : TOO_WIDE;
}
