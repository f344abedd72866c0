/** How far the distribution of the last values is from that of the long run. */
import { deviationOf, LEVEL_SIZE, meanOf, spreadOf } from './level.ts';
import { surprise, TAIL_SIZE } from './tail.ts';

/** Values are told apart by where they are between the quantiles 1/5, 2/5, 3/5 and 4/5. */
const PARTS = 5;
/** The share of each part is that among about so many values. */
const RECENT = 64;
const MEMORY = 4000;
/** Values that are seen before the quantiles are trusted. */
const WARM_UP = 200;

const COUNT = 0;
const QUANTILES = 1;
const SHARES = QUANTILES + PARTS - 1;
const LEVEL = SHARES + PARTS;
const TAIL = LEVEL + LEVEL_SIZE;
export const DISTRIBUTION_SIZE = TAIL + TAIL_SIZE;

/** Takes a value. Returns `-log10` of the probability of shares so far from those of the long run. */
export function redistributed(state: Float64Array, at: number, value: number): number {
  const count = state[at + COUNT]!;
  state[at + COUNT] = count + 1;
  deviationOf(state, at + LEVEL, value);
  if (count === 0) {
    state.fill(meanOf(state, at + LEVEL), at + QUANTILES, at + SHARES);
    state.fill(1 / PARTS, at + SHARES, at + LEVEL);
  }
  // A quantile moves up or down by steps that are in balance where it belongs.
  const step = spreadOf(state, at + LEVEL) * Math.max(1 / Math.sqrt(count + 1), 20 / MEMORY);
  let part = 0;
  for (let i = 0; i < PARTS - 1; i++) {
    const slot = at + QUANTILES + i;
    const isAbove = value > state[slot]!;
    if (isAbove) part = i + 1;
    state[slot]! += step * ((i + 1) / PARTS - (isAbove ? 0 : 1));
  }
  let distance = 0;
  for (let i = 0; i < PARTS; i++) {
    const slot = at + SHARES + i;
    state[slot]! += ((i === part ? 1 : 0) - state[slot]!) / RECENT;
    distance += (state[slot]! - 1 / PARTS) ** 2;
  }
  return count < WARM_UP ? 0 : surprise(state, at + TAIL, distance);
}
