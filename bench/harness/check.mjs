/** What series hold that have one value each. @param {number[]} values */
export const heldOf = (values) => ({
  series: values.length,
  total: values.reduce((sum, value) => sum + value, 0),
});

/**
 * @param {import('../contenders/list.mjs').Held} held
 * @param {import('../contenders/list.mjs').Held} expected
 * @throws when a contender did not do the work that it was timed for
 */
export function checkHeld(held, expected) {
  if (held.series === expected.series && held.total === expected.total) return;
  throw new Error(
    `the work was not done: ${expected.series} series with a total of ${expected.total} expected, ` +
      `${held.series} series with ${held.total} found`,
  );
}
