import { medianOf } from './quantiles.ts';

/** The mean of values before a change and after it, and the number of the first value after it. */
export interface Step {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** On each side of a change there must be so many values. */
const SHORTEST = 5;
const MOST = 10;
/** How much of the variance must go, in multiples of the noise and the logarithm of the length. */
const PENALTY = 4;

/**
 * Finds where the level of values changes: it splits them where that reduces the squares most, and then the pieces, as
 * long as that is more than noise would do (binary segmentation). The noise is taken from the differences of
 * neighbours, on which a change of the level has no effect.
 * @param values finite
 * @returns ordered by time, at most ten: those that explain most
 */
export function changePoints(values: ArrayLike<number>): Step[] {
  const length = values.length;
  const sums = new Float64Array(length + 1);
  for (let i = 0; i < length; i++) sums[i + 1] = sums[i]! + values[i]! - values[0]!;
  const least = PENALTY * noise(values) * Math.log(Math.max(2, length));
  const found: number[] = [];
  const waiting = [splitOf(sums, 0, length)];
  while (found.length < MOST) {
    waiting.sort((one, other) => other.gain - one.gain);
    const next = waiting.shift();
    if (!next || !(next.gain > least)) break;
    found.push(next.at);
    waiting.push(splitOf(sums, next.from, next.at), splitOf(sums, next.at, next.to));
  }
  const ends = [0, ...found.sort((one, other) => one - other), length];
  const meanOf = (i: number) =>
    values[0]! + (sums[ends[i + 1]!]! - sums[ends[i]!]!) / (ends[i + 1]! - ends[i]!);
  return found.map((at, i) => ({ at, before: meanOf(i), after: meanOf(i + 1) }));
}

/** Returns the best place to split some values, and by how much that reduces the sum of squares. */
function splitOf(sums: Float64Array, from: number, to: number) {
  let best = { at: from, gain: 0, from, to };
  for (let at = from + SHORTEST; at <= to - SHORTEST; at++) {
    const left = (sums[at]! - sums[from]!) / (at - from);
    const right = (sums[to]! - sums[at]!) / (to - at);
    const gain = (((at - from) * (to - at)) / (to - from)) * (left - right) ** 2;
    if (gain > best.gain) best = { at, gain, from, to };
  }
  return best;
}

/** Estimates the variance of the noise, robustly. Without any, rounding counts as noise. */
function noise(values: ArrayLike<number>): number {
  const differences = new Float64Array(Math.max(0, values.length - 1));
  let largest = 0;
  for (let i = 0; i < differences.length; i++) {
    differences[i] = Math.abs(values[i + 1]! - values[i]!);
    largest = Math.max(largest, Math.abs(values[i]!));
  }
  const spread = (1.4826 * medianOf(differences)) / Math.SQRT2;
  return Math.max(spread, 1e-9 * largest) ** 2;
}
