/**
 * A series that mostly has the same value: no errors, ten workers. Its other values have no usual spread, so that they
 * are judged by how rare they are, and by their size.
 *
 * Of the size of the first other value nothing is known. Beyond a difference that hardly counts, one that is ten times
 * as large is taken to be a tenth as probable. The power of that tail follows those that come
 * (Hill, "A simple general approach to inference about the tail of a distribution", 1975).
 */
import { warmUpOf } from './warm-up.ts';

/** The share of other values that such a series may have. */
const RARE = 0.2;
/** What is older than this many values is forgotten. */
const MEMORY = 4000;
/** A difference of less than that part of the value hardly counts. */
const NEGLIGIBLE = 0.05;
/** The mean excess of that tail. No tail is taken to be lighter. */
const LEAST_EXCESS = 1;
/** At first it counts as much as so many other values. */
const PRIOR = 9;
/** No value is less probable than `10 ** -MOST`. */
const MOST = 50;
/** One in so many values may be outside of the band. */
const BAND = 1000;

const COUNT = 0;
const USUAL = 1;
/** How many more values were the usual one than others: at 0, another takes its place (Boyer and Moore). */
const VOTES = 2;
/** The share of other values. */
const OTHERS = 3;
/** How many other values were seen, and their mean excess: the logarithm of a difference by the negligible one. */
const EXCESSES = 4;
const EXCESS = 5;
/** The smallest difference so far; 0 if there was none. */
const SMALLEST = 6;
export const CONSTANT_SIZE = 7;

/**
 * Takes a value.
 * @returns `-log10` of the probability of such a value; 0 if it is the usual one. NaN if the series has no usual one
 */
export function unlikeConstant(state: Float64Array, at: number, value: number): number {
  const count = state[at + COUNT]!;
  if (count === 0) begin(state, at, value);
  state[at + COUNT] = count + 1;
  const difference = Math.abs(value - state[at + USUAL]!);
  // What differs only by rounding is the same.
  const isOther = difference > 1e-12 * Math.abs(state[at + USUAL]!);
  const others = state[at + OTHERS]!;
  state[at + OTHERS] = others + ((isOther ? 1 : 0) - others) / Math.min(count + 1, MEMORY);
  state[at + VOTES] = Math.min(state[at + VOTES]! + (isOther ? -1 : 1), MEMORY);
  if (state[at + VOTES]! < 0) {
    begin(state, at, value);
    return Number.NaN;
  }
  const size = isOther ? sizeOf(state, at, difference) : 0;
  if (count < warmUpOf(state) || others > RARE) return Number.NaN;
  if (!isOther) return 0;
  return Math.min(MOST, size - Math.log10(Math.min(1, others + 1 / Math.min(count, MEMORY))));
}

/** Returns the usual value, or NaN if the series has none. */
export function usualOf(state: Float64Array, at: number): number {
  const isConstant = state[at + COUNT]! >= warmUpOf(state) && state[at + OTHERS]! <= RARE;
  return isConstant ? state[at + USUAL]! : Number.NaN;
}

/** Returns how far the band reaches: as far as other values usually are away, if they are more than one in 1,000. */
export function halfBandOfConstant(state: Float64Array, at: number): number {
  return state[at + OTHERS]! * BAND > 1
    ? Math.exp(logNegligible(state, at) + state[at + EXCESS]!)
    : 0;
}

function begin(state: Float64Array, at: number, value: number): void {
  state[at + USUAL] = value;
  state[at + VOTES] = state[at + EXCESSES] = state[at + SMALLEST] = 0;
  state[at + EXCESS] = LEAST_EXCESS;
}

/** Returns `-log10` of the probability that another value is so far away, and learns from it. */
function sizeOf(state: Float64Array, at: number, difference: number): number {
  state[at + SMALLEST] = Math.min(state[at + SMALLEST]! || difference, difference);
  const excess = Math.max(0, Math.log(difference) - logNegligible(state, at));
  const mean = state[at + EXCESS]!;
  const excesses = Math.min(state[at + EXCESSES]! + 1, MEMORY * RARE);
  state[at + EXCESSES] = excesses;
  state[at + EXCESS] = Math.max(LEAST_EXCESS, mean + (excess - mean) / (excesses + PRIOR));
  return excess / mean / Math.LN10;
}

/** Returns the logarithm of a difference that hardly counts. Beside 0 no difference is small in itself. */
const logNegligible = (state: Float64Array, at: number) =>
  Math.log(NEGLIGIBLE) + Math.log(Math.abs(state[at + USUAL]!) || state[at + SMALLEST]!);
