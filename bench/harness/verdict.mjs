/** Says what may be said about a figure, given how far its rounds lie apart. */

/** @typedef {import('./statistics.mjs').Summary} Summary */

export const TOO_WIDE = 'spread too wide to say';

/**
 * @typedef {object} Figure
 * @property {string} title
 * @property {string} wanted
 * @property {Summary} found
 * @property {string} verdict
 * @property {string} [limitedBy]  Why it is not less, or not more.
 */

/**
 * A figure that must not be exceeded: reached, or not, only when both quartiles say so.
 * @param {string} title
 * @param {Summary} found
 * @param {number} limit
 * @param {string} unit
 * @param {string} [limitedBy]
 * @returns {Figure}
 */
export function atMost(title, found, limit, unit, limitedBy) {
  const verdict = found.high <= limit ? 'pass' : found.low > limit ? 'short' : TOO_WIDE;
  return { title, wanted: `at most ${limit}${unit}`, found, verdict, limitedBy };
}

/**
 * @param {string} title
 * @param {Summary} found
 * @param {number} limit
 * @param {string} unit
 * @param {string} [limitedBy]
 * @returns {Figure}
 */
export function atLeast(title, found, limit, unit, limitedBy) {
  const verdict = found.low >= limit ? 'pass' : found.high < limit ? 'short' : TOO_WIDE;
  return { title, wanted: `at least ${limit}${unit}`, found, verdict, limitedBy };
}

/**
 * Who is faster: `b` takes `ratio` times as long as `a`.
 * @param {string} a
 * @param {string} b
 * @param {Summary} ratio
 */
export function winner(a, b, ratio) {
  if (ratio.low > 1) return a;
  if (ratio.high < 1) return b;
  return TOO_WIDE;
}
