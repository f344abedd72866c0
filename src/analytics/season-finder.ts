/**
 * Finds the season of a series in its values. It keeps the means of 256 pieces of time, and looks for a repetition in
 * them. When all are taken, two and two become one, and each new piece is twice as long. So long seasons are found as
 * short ones are, in the same memory, once they have passed four to eight times.
 */
import { quantileOf } from './quantiles.ts';
import { autocorrelation, repetition } from './repetition.ts';

const CELLS = 256;
/** It looks when there are so many pieces, and when all are taken. */
const LOOK = 192;
/** A weaker repetition may be chance, since there are many looks. */
const WEAKEST = 0.5;
/** So often a season must have passed. */
const LEAST_SEASONS = 4;
/**
 * It begins anew when a piece is to be longer than so many intervals between values, since a season may have begun
 * meanwhile. The next time it may be twice as long, up to the longest, and then it is so short again.
 */
const FIRST_STRETCH = 100;
const LONGEST_STRETCH = 6400;
/** After a longer part of all pieces too few are left to compare. */
const LONGEST = 0.8;
/** Periods that are tried lie so close together, in pieces. */
const FINE = 1 / 32;
/** A mean further away than so many usual distances counts as this far away. */
const FAR = 5;

const BEGIN = 0;
/** The length of a piece in seconds; 0 before it begins. */
const STEP = 1;
/** How long a piece may be now, in intervals between values. */
const STRETCH = 2;
/** The piece that goes on, and the sum and the number of its values. */
const CELL = 3;
const SUM = 4;
const COUNT = 5;
const MEANS = 6;
export const FINDER_SIZE = MEANS + CELLS;

/** A season that was found. Times are in seconds. */
export interface FoundSeason {
  readonly period: number;
  /** How many times of it can be told apart. */
  readonly bins: number;
  /** The pieces of time that tell of it, and about what the values were: those far away are cut. */
  readonly begin: number;
  readonly step: number;
  readonly means: Float64Array;
}

/** Whether a place in the state may be NaN: a piece in which there was no value. */
export const isOfMeans = (place: number): boolean => place >= MEANS;

/**
 * Takes a value.
 * @param interval how many seconds lie between values
 * @returns the season, if it is found now
 */
export function seekSeason(
  state: Float64Array,
  at: number,
  seconds: number,
  value: number,
  interval: number,
): FoundSeason | undefined {
  const before = state[at + CELL]!;
  const cell = Math.floor((seconds - state[at + BEGIN]!) / state[at + STEP]!);
  // A clock that was set, or a pause, leaves nothing that could be put together.
  if (!(cell >= before && cell < before + CELLS / 2)) begin(state, at, seconds, interval);
  let found: FoundSeason | undefined;
  if (cell > before && state[at + COUNT]! > 0) {
    state[at + MEANS + before] = state[at + SUM]! / state[at + COUNT]!;
    state[at + SUM] = state[at + COUNT] = 0;
    state[at + CELL] = cell;
    const isDue = cell >= CELLS || (before < LOOK && cell >= LOOK);
    if (isDue) found = seasonIn(state, at, Math.min(cell, CELLS));
    if (cell >= CELLS) lengthen(state, at, seconds, interval);
  }
  state[at + SUM]! += value;
  state[at + COUNT]! += 1;
  return found;
}

/** Begins anew. */
export function forgetPieces(state: Float64Array, at: number): void {
  state.fill(0, at, at + FINDER_SIZE);
}

function begin(state: Float64Array, at: number, seconds: number, interval: number): void {
  forgetPieces(state, at);
  state.fill(Number.NaN, at + MEANS, at + FINDER_SIZE);
  // Values come in the middle of a piece, so that none falls into the next one.
  state[at + BEGIN] = seconds - interval / 2;
  state[at + STEP] = interval;
  state[at + STRETCH] = FIRST_STRETCH;
}

/** Makes one piece of two. */
function lengthen(state: Float64Array, at: number, seconds: number, interval: number): void {
  const stretch = state[at + STRETCH]!;
  state[at + STEP]! *= 2;
  if (!(state[at + STEP]! <= stretch * interval)) {
    begin(state, at, seconds, interval);
    state[at + STRETCH] = stretch < LONGEST_STRETCH ? 2 * stretch : FIRST_STRETCH;
    return;
  }
  const means = state.subarray(at + MEANS, at + FINDER_SIZE);
  for (let i = 0; i < CELLS / 2; i++) {
    const [one, other] = [means[2 * i]!, means[2 * i + 1]!];
    means[i] = Number.isNaN(one) ? other : Number.isNaN(other) ? one : one / 2 + other / 2;
  }
  means.fill(Number.NaN, CELLS / 2);
  state[at + CELL] = Math.floor(state[at + CELL]! / 2);
}

function seasonIn(state: Float64Array, at: number, count: number): FoundSeason | undefined {
  const { means, size } = withoutFar(state.slice(at + MEANS, at + MEANS + count));
  const even = withoutLine(means.map((one) => one / size));
  const longest = Math.floor(count / LEAST_SEASONS);
  const lag = repetition(autocorrelation(even, longest), longest, WEAKEST);
  if (lag === 0) return undefined;
  const period = periodNear(autocorrelation(even, Math.floor(LONGEST * count)), lag);
  if (period === 0) return undefined;
  const [begin, step] = [state[at + BEGIN]!, state[at + STEP]!];
  return { period: period * step, bins: lag, begin, step, means };
}

/**
 * Returns the period near a lag after whose multiples values repeat best; 0 if they do not. Several periods tell better
 * than one how long it is, and chance does not last so long.
 */
function periodNear(strengths: Float64Array, lag: number): number {
  let best = 0;
  let most = WEAKEST;
  for (let period = lag - 1; period <= lag + 1; period += FINE) {
    let sum = 0;
    let times = 0;
    for (let after = period; after <= strengths.length - 2; after += period) {
      const below = Math.floor(after);
      sum += strengths[below]! + (after - below) * (strengths[below + 1]! - strengths[below]!);
      times++;
    }
    if (sum / times > most) [best, most] = [period, sum / times];
  }
  return best;
}

/** Cuts what is far away. Returns how large the differences are, too, since squares of them may be infinite. */
function withoutFar(all: Float64Array) {
  const sorted = (values: Float64Array) => values.filter((one) => !Number.isNaN(one)).sort();
  const middle = quantileOf(sorted(all), 0.5);
  const distances = sorted(all.map((one) => Math.abs(one - middle)));
  const size = quantileOf(distances, 0.9) || quantileOf(distances, 1);
  const [low, high] = [middle - FAR * size, middle + FAR * size];
  return { size, means: all.map((one) => Math.max(low, Math.min(high, one))) };
}

/** Takes away the straight line that fits best (least squares). */
function withoutLine(means: Float64Array): Float64Array {
  const middle = (means.length - 1) / 2;
  let [count, sum, square, product] = [0, 0, 0, 0];
  means.forEach((one, i) => {
    if (Number.isNaN(one)) return;
    count++;
    sum += one;
    square += (i - middle) ** 2;
    product += (i - middle) * one;
  });
  return means.map((one, i) => one - sum / count - (product / square) * (i - middle));
}
