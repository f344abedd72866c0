/**
 * Whether one version takes longer than another, given the ratio round by round.
 */
import { TOO_WIDE } from './verdict.mjs';

/** Processes that run the very same code differ by as much. */
const MARGIN = 0.03;

/** With both quartiles this close to 1 there is nothing that the spread could hide. */
const CLOSE = 0.1;

export const NO_DIFFERENCE = 'no difference to tell';

/**
 * @param {import('./statistics.mjs').Summary} ratio  after / before
 * @param {{ less: string, more: string }} words
 */
export function describeChange({ low, high }, { less, more }) {
  if (high < 1 - MARGIN) return less;
  if (low > 1 + MARGIN) return more;
  return low >= 1 - CLOSE && high <= 1 + CLOSE ? NO_DIFFERENCE : TOO_WIDE;
}
