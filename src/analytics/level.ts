/**
 * Where the values of a series lie, and how far they spread: a mean and a mean absolute deviation that
 * forget, and that values far away hardly move (Huber, "Robust estimation of a location parameter", 1964).
 */

/** What is older than this many values is forgotten. */
const MEMORY = 4000;
/** From this many values on, those far away count less. */
const SETTLED = 10;

const COUNT = 0;
const MEAN = 1;
const SPREAD = 2;
export const LEVEL_SIZE = 3;

/** Returns how many spreads a value is away from the mean, and then takes it into account. */
export function deviationOf(state: Float64Array, at: number, value: number): number {
  const count = state[at + COUNT]!;
  state[at + COUNT] = count + 1;
  if (count === 0) {
    state[at + MEAN] = value;
    return 0;
  }
  const mean = state[at + MEAN]!;
  const spread = state[at + SPREAD]!;
  const error = value - mean;
  const size = Math.abs(error);
  const weight = 1 / Math.min(count + 1, MEMORY);
  const isSettled = count >= SETTLED && spread > 0;
  const near = isSettled ? Math.min(size, 3 * spread) : size;
  state[at + MEAN] = mean + weight * Math.sign(error) * near;
  state[at + SPREAD] = spread + weight * ((isSettled ? Math.min(size, 5 * spread) : size) - spread);
  // What differs only by rounding is the same.
  if (size <= 1e-12 * Math.abs(mean)) return 0;
  return spread > 0 ? Math.min(size / spread, 1e12) : 10;
}

export const meanOf = (state: Float64Array, at: number): number => state[at + MEAN]!;
export const spreadOf = (state: Float64Array, at: number): number => state[at + SPREAD]!;
