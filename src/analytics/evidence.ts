/**
 * Surprises add up to evidence, and evidence to a score.
 *
 * Evidence is the sum of what each surprise exceeds one decade by, and it is never negative (Page,
 * "Continuous inspection schemes", 1954). So one value must be very improbable, or several in a row somewhat.
 * An alarm needs so many decades that noise rarely gives one in ten days, which depends on how often values come: see
 * `barAt`. And it needs more than what the series has reached three times before: what comes again and again is usual.
 */

/** Decades of surprise that a value may have without being evidence. */
const ALLOWANCE = 1.2;
/** Decades of evidence that make an alarm where a value comes each minute. */
const BAR = 4.6;
const MINUTE = 60;
/** By how much fewer are enough if values come a tenth as often. */
const STEP = 2;
/** The bar of values that come once in eleven minutes or more rarely, and of those that come in 12 seconds or faster. */
const LOWEST_BAR = 2.5;
const HIGHEST_BAR = 6;
/** Evidence that adds up no further, so that it is also taken back in time. */
const MOST = 30;
/** How much the third largest episode before must be exceeded. */
const EXCEED = 1.2;
/** Episodes are forgotten after about so many values. */
const MEMORY = 10_000;
/** Values after an alarm that belong to the same episode. */
const REST = 100;
/** What a score is at most while an episode goes on that was told of. */
const TOLD = 0.89;

const EVIDENCE = 0;
const PEAK = 1;
const RESTS = 2;
/** The peaks of the three largest episodes, in falling order. */
const LARGEST = 3;
const REMEMBERED = 3;
export const EVIDENCE_SIZE = LARGEST + REMEMBERED;

/**
 * Returns how many decades of evidence make an alarm. If values come a tenth as often, there are a tenth as many chances of
 * a false one in a day, and what lasts for some time adds up from a tenth as many values.
 * @param interval how many seconds lie between values
 */
export function barAt(interval: number): number {
  const bar = BAR - STEP * Math.log10(interval / MINUTE);
  return Math.max(LOWEST_BAR, Math.min(HIGHEST_BAR, bar));
}

/**
 * Takes the mean surprise of the parts for a value.
 * @param least how many decades make an alarm, at least
 * @returns the score: 0.9 and more is an alarm, and comes once in an episode
 */
export function scored(state: Float64Array, at: number, surprise: number, least: number): number {
  const evidence = Math.min(MOST, Math.max(0, state[at + EVIDENCE]! + surprise - ALLOWANCE));
  state[at + EVIDENCE] = evidence;
  for (let i = at + LARGEST; i < at + EVIDENCE_SIZE; i++) state[i]! *= 1 - 1 / MEMORY;
  const bar = Math.max(least, EXCEED * state[at + EVIDENCE_SIZE - 1]!);
  remember(state, at, evidence);
  const score = 1 - 10 ** (-evidence / bar);
  if (state[at + RESTS]! > 0) {
    state[at + RESTS]! -= 1;
    return Math.min(score, TOLD);
  }
  if (evidence >= bar) state[at + RESTS] = REST;
  return score;
}

/** Whether there was enough evidence after the last value to make an alarm. */
export const isAlarming = (state: Float64Array, at: number, least: number): boolean =>
  state[at + EVIDENCE]! > least;

/** Keeps the peak of an episode when it ends. */
function remember(state: Float64Array, at: number, evidence: number): void {
  if (evidence > 0) {
    state[at + PEAK] = Math.max(state[at + PEAK]!, evidence);
    return;
  }
  let rest = state[at + PEAK]!;
  state[at + PEAK] = 0;
  for (let i = at + LARGEST; rest > 0 && i < at + EVIDENCE_SIZE; i++) {
    const one = state[i]!;
    if (rest <= one) continue;
    state[i] = rest;
    rest = one;
  }
}
