/**
 * Sums whose rounding errors are added up beside them, as Kahan and Neumaier described it.
 * https://en.wikipedia.org/wiki/Kahan_summation_algorithm#Further_enhancements
 */

/**
 * Returns what has been lost in all after `value` was added to `sum`.
 * @param total `sum + value`, as it was rounded
 * @param lost what had been lost before
 */
export function lostAfter(sum: number, value: number, total: number, lost: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  return lost + (Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum);
}
