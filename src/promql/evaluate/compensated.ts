import { lostAfter } from '../histogram/compensated.ts';

/**
 * Sums that keep what rounding has lost (Neumaier's variant of Kahan's way). Prometheus 3 adds floats so, and
 * its results differ from those of plain sums in the last digits.
 */

/** Returns the sum of numbers from `low` up to `high`. */
export function sumOf(values: Float64Array, low: number, high: number): number {
  let sum = 0;
  let rest = 0;
  for (let i = low; i < high; i++) {
    const value = values[i]!;
    const total = sum + value;
    rest = lostAfter(sum, value, total, rest);
    sum = total;
  }
  return sum === Infinity || sum === -Infinity ? sum : sum + rest;
}

/** Returns the mean of numbers, also if their sum is too large for a float. */
export function meanOf(values: Float64Array, low: number, high: number): number {
  let sum = values[low]!;
  let rest = 0;
  for (let i = low + 1; i < high; i++) {
    const value = values[i]!;
    const total = sum + value;
    if (total === Infinity || total === -Infinity) {
      return movingMean(values, i, high, i - low, sum, rest);
    }
    rest = lostAfter(sum, value, total, rest);
    sum = total;
  }
  const count = high - low;
  return sum / count + rest / count;
}

/** Goes on with the mean itself in place of the sum, from the number at `from` on. */
function movingMean(
  values: Float64Array,
  from: number,
  high: number,
  known: number,
  sum: number,
  sumRest: number,
): number {
  let count = known;
  let mean = sum / count;
  let rest = sumRest / count;
  for (let i = from; i < high; i++) {
    count++;
    const scale = (count - 1) / count;
    const before = scale * mean;
    const value = values[i]! / count;
    mean = before + value;
    rest = lostAfter(before, value, mean, scale * rest);
  }
  return mean + rest;
}
