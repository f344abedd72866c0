/**
 * A mixture of recordings as an application makes them. There are eight in a turn: each kind of metric,
 * bound and with labels, whole numbers and fractions, with 16 label sets in turn.
 */

/** How many recordings a turn has. */
export const IN_TURN = 8;

/**
 * The number of series: one unlabelled counter, and a counter, a gauge and a histogram with 16 label sets
 * each.
 */
export const MIXED_SERIES = 49;

export const MIXED_FAMILIES = ['mixed_turns_total', 'mixed_total', 'mixed_value', 'mixed_seconds'];

/** Returns what the gauges add up to: each holds the last value that its label set was given. */
function gauges(turns) {
  let sum = 0;
  for (let turn = Math.max(0, turns - 16); turn < turns; turn++) sum += turn & 255;
  return sum;
}

/**
 * What the families must add up to, of histograms the counts.
 * @param {number} turns  in all
 * @param {number} last  of these, the turns of the last run
 */
export const mixedTotal = (turns, last) => turns * (1 + 2.5 + 2) + gauges(last);

/**
 * A work that makes these recordings.
 * @param {(turns: number) => void} record
 * @param {() => Promise<import('../list.mjs').Held>} read  all of the families
 * @returns {import('../list.mjs').Work}
 */
export function mixedWork(record, read) {
  let all = 0;
  let last = 0;
  return {
    series: MIXED_SERIES,
    run(n) {
      last = Math.floor(n / IN_TURN);
      all += last;
      record(last);
    },
    expected: () => mixedTotal(all, last),
    read,
  };
}

/** @param {import('../list.mjs').Held[]} held */
export const sumHeld = (held) => ({
  series: held.reduce((sum, { series }) => sum + series, 0),
  total: held.reduce((sum, { total }) => sum + total, 0),
});
