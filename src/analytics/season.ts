/** What a series has at each time of the day, or of another season, and how far its values are from that. */
import { expectedOf, OUTLIER_SIZE, outlying } from './outlier.ts';

/** Times of a season that are told apart. */
const BINS = 96;
/** What a season ago was counts at least this much, so that older ones are forgotten. */
const LEAST_WEIGHT = 0.1;
/** Seasons that begin before a profile is trusted. */
const LEAST_SEASONS = 2;

const BIN = 0;
const SUM = 1;
const COUNT = 2;
const SEASONS = 3;
/** The number of the season that goes on, counted from 1970. */
const NUMBER = 4;
const PROFILE = 5;
/** Where the deviations from the profile are kept. */
export const SEASON_OUTLIER = PROFILE + BINS;
export const SEASON_SIZE = SEASON_OUTLIER + OUTLIER_SIZE;

/** Begins: nothing is known of any time. */
export function beginSeason(state: Float64Array, at: number): void {
  state[at + BIN] = -1;
  state.fill(Number.NaN, at + PROFILE, at + PROFILE + BINS);
}

/** Whether a place in the state is of the profile. What is not known there is NaN. */
export const isOfProfile = (place: number): boolean => place >= PROFILE && place < PROFILE + BINS;

/**
 * Takes a value.
 * @param prior the excess of the tail of deviations until more is known
 * @returns `-log10` of the probability of one so far away at this time of the season
 */
export function unseasonal(
  state: Float64Array,
  at: number,
  seconds: number,
  value: number,
  period: number,
  prior: number | undefined,
): number {
  const bin = binOf(seconds, period);
  if (bin !== state[at + BIN]) {
    close(state, at);
    // A clock that is set back makes no season.
    const number = numberOf(seconds, period);
    if (state[at + BIN] !== -1 && number > state[at + NUMBER]!) state[at + SEASONS]! += 1;
    state[at + NUMBER] = number;
    state[at + BIN] = bin;
  }

  state[at + SUM]! += value;
  state[at + COUNT]! += 1;
  const usual = state[at + PROFILE + bin]!;
  const isKnown = state[at + SEASONS]! >= LEAST_SEASONS && !Number.isNaN(usual);
  return isKnown ? outlying(state, at + SEASON_OUTLIER, value - usual, prior) : 0;
}

/** Returns what is expected at a time, or NaN if that is not known. */
export function expectedInSeason(
  state: Float64Array,
  at: number,
  seconds: number,
  period: number,
): number {
  const usual = state[at + PROFILE + binOf(seconds, period)]!;
  return usual + expectedOf(state, at + SEASON_OUTLIER);
}

function numberOf(seconds: number, period: number): number {
  const number = Math.floor(seconds / period);
  return Number.isFinite(number) ? number : 0;
}

function binOf(seconds: number, period: number): number {
  const phase = seconds / period;
  // Of a season that is much too short nobody can tell which time it is.
  if (!Number.isFinite(phase)) return 0;
  return Math.min(BINS - 1, Math.floor((phase - Math.floor(phase)) * BINS));
}

/** Takes the mean of the values of the time that has ended into the profile. */
function close(state: Float64Array, at: number): void {
  const count = state[at + COUNT]!;
  if (count === 0) return;
  const slot = at + PROFILE + state[at + BIN]!;
  const mean = state[at + SUM]! / count;
  const before = state[slot]!;
  const weight = Math.max(LEAST_WEIGHT, 1 / (state[at + SEASONS]! + 1));
  state[slot] = Number.isNaN(before) ? mean : before + weight * (mean - before);
  state[at + SUM] = 0;
  state[at + COUNT] = 0;
}
