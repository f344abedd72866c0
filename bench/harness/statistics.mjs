/** Medians and quartiles. A few disturbed rounds do not move them. */

/** @typedef {{ median: number, low: number, high: number, rounds: number }} Summary */

/**
 * @param {number[]} sorted
 * @param {number} share
 */
export function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/**
 * @param {number[]} values
 * @returns {Summary} the median and, as `low` and `high`, the first and third quartile
 */
export function summarise(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    rounds: sorted.length,
  };
}

/**
 * The ratio of two contenders round by round, so that what slowed down both in a round cancels.
 * @param {number[]} numerators
 * @param {number[]} denominators  of the same rounds
 */
export const ratio = (numerators, denominators) =>
  summarise(numerators.map((value, round) => value / denominators[round]));

/**
 * How much more one contender needs than others that do the same as each other, round by round. With
 * two of them the quartiles show how far apart equals are, too.
 * @param {number[]} values
 * @param {number[][]} bases  of the same rounds
 */
export const difference = (values, bases) =>
  summarise(bases.flatMap((base) => values.map((value, round) => value - base[round])));

/** Half the distance between the quartiles, in percent of the median. @param {Summary} summary */
export const spread = ({ median, low, high }) =>
  high > low ? (50 * (high - low)) / Math.abs(median) : 0;
