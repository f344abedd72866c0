/**
 * How improbable a large deviation is, judged by the deviations of the same series before.
 *
 * The tail is that of a Weibull distribution: beyond `limit`, which one deviation in `1 / RARE` exceeds,
 * `-log p` grows with a power of the deviation. The power follows from the mean logarithm by which
 * the limit is exceeded: it is 1.6 for Gaussian noise, 1 for exponential noise and less for heavier tails.
 * Estimator: Girard, "A Hill type estimator of the Weibull tail-coefficient", 2004.
 */
import { isUnusual } from './unusual.ts';
import { MOST_WARM_UP, warmUpOf } from './warm-up.ts';

/** The share of deviations that exceeds the limit. */
const RARE = 0.05;
const LOG_RARE = -Math.log(RARE);
/** The mean of `log(1 + E / LOG_RARE)`, where E has the standard exponential distribution. */
const MEAN_LOG = 0.262;
const LARGEST = MOST_WARM_UP * RARE + 1;
/** What is older than this many deviations is forgotten. */
const MEMORY = 4000;
/** The mean excess of Gaussian noise. No tail is taken to be lighter than its. */
const LEAST_EXCESS = 0.168;
/** One deviation may be infinitely larger than the others: an excess counts this much at most. */
const MOST_EXCESS = 3;
/** The same for one of an anomaly, as long as there are few excesses. */
const MOST_OF_STRIKE = 0.5;
const FEW = 40;
/** No deviation is less probable than `10 ** -MOST`. */
const MOST = 50;

const COUNT = 0;
const LIMIT = 1;
const EXCESS = 2;
const EXCESSES = 3;
/** The share of deviations that are not 0. */
const ACTIVE = 4;
/** The largest deviations of the warm-up, in falling order. */
const TOP = 5;
export const TAIL_SIZE = TOP + LARGEST;

/**
 * Takes the next deviation, which is 0 or more.
 * @param prior the mean excess until more is known: that of exponential noise unless given
 * @returns `-log10` of the probability of one that is as large, or 0 if it is usual
 */
export function surprise(
  state: Float64Array,
  at: number,
  deviation: number,
  prior = MEAN_LOG,
): number {
  const count = state[at + COUNT]!;
  state[at + COUNT] = count + 1;
  const active = state[at + ACTIVE]!;
  state[at + ACTIVE] = active + ((deviation > 0 ? 1 : 0) - active) / Math.min(count + 1, MEMORY);
  if (count < warmUpOf(state)) {
    warmUp(state, at, count, deviation, prior);
    return 0;
  }
  const limit = state[at + LIMIT]!;
  if (limit === 0) return whereMostAreZero(state, at, deviation, active, count);
  const result = decades(state, at, deviation);
  learn(state, at, count, deviation);
  return result;
}

function warmUp(
  state: Float64Array,
  at: number,
  count: number,
  deviation: number,
  prior: number,
): void {
  let rest = deviation;
  for (let i = at + TOP; i < at + TAIL_SIZE; i++) {
    const one = state[i]!;
    if (rest <= one) continue;
    state[i] = rest;
    rest = one;
  }
  const needed = warmUpOf(state);
  if (count < needed - 1) return;
  state[at + LIMIT] = state[at + TOP + Math.floor(needed * RARE)]!;
  state[at + EXCESS] = prior;
}

/** Without a limit there is no tail: what counts is how often there was any deviation. */
function whereMostAreZero(
  state: Float64Array,
  at: number,
  deviation: number,
  active: number,
  count: number,
): number {
  if (active > RARE && deviation > 0) state[at + LIMIT] = deviation;
  return deviation > 0 ? -Math.log10(Math.min(1, active + 1 / Math.min(count, MEMORY))) : 0;
}

/** Returns `-log10` of the probability of a deviation beyond the limit. */
function decades(state: Float64Array, at: number, deviation: number): number {
  const ratio = deviation / state[at + LIMIT]!;
  if (!(ratio > 1)) return 0;
  const power = MEAN_LOG / state[at + EXCESS]!;
  return Math.min(MOST, (LOG_RARE * ratio ** power) / Math.LN10);
}

/** Returns the deviation that is as improbable as `10 ** -decades`. */
export function deviationAt(state: Float64Array, at: number, decades: number): number {
  const power = MEAN_LOG / state[at + EXCESS]!;
  return state[at + LIMIT]! * ((decades * Math.LN10) / LOG_RARE) ** (1 / power);
}

/** Returns the mean excess, as the prior of another tail of the same series; `undefined` if it is not known. */
export const excessOf = (state: Float64Array, at: number): number | undefined =>
  state[at + EXCESS]! || undefined;

export const isWarm = (state: Float64Array, at: number): boolean =>
  state[at + COUNT]! >= warmUpOf(state);

function learn(state: Float64Array, at: number, count: number, deviation: number): void {
  const limit = state[at + LIMIT]!;
  // The limit is raised and lowered by steps that keep it where RARE of the deviations exceed it.
  const step = (16 * state[at + EXCESS]!) / Math.min(count, MEMORY);
  if (deviation <= limit) {
    state[at + LIMIT] = limit * Math.exp(-step * RARE);
    return;
  }
  const excesses = state[at + EXCESSES]!;
  state[at + EXCESSES] = excesses + 1;
  // A strike would make up most of the few excesses that are known, and a second one soon after it would be usual.
  const isStrike = excesses < FEW && isUnusual(state);
  const excess = Math.min(Math.log(deviation / limit), isStrike ? MOST_OF_STRIKE : MOST_EXCESS);
  const weight = Math.max(1 / (excesses + 9), 1 / (MEMORY * RARE));
  const mean = state[at + EXCESS]!;
  state[at + EXCESS] = Math.max(LEAST_EXCESS, mean + weight * (excess - mean));
  state[at + LIMIT] = limit * Math.exp(step * (1 - RARE));
}
