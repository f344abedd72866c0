/** What a series has at each time of the day, or of another season, and how far its values are from that. */
import { expectedOf, OUTLIER_SIZE, outlying } from './outlier.ts';

/** Times of a season that are told apart, at most. */
export const MOST_BINS = 96;
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
/** When a season began: seconds since 1970. */
const ORIGIN = 5;
/** How many times of the season are told apart. */
const BINS = 6;
const PROFILE = 7;
/** Where the deviations from the profile are kept. */
export const SEASON_OUTLIER = PROFILE + MOST_BINS;
export const SEASON_SIZE = SEASON_OUTLIER + OUTLIER_SIZE;

/**
 * Begins: nothing is known of any time.
 * @param origin when a season began: seconds since 1970
 * @param bins how many times of it are told apart
 */
export function beginSeason(state: Float64Array, at: number, origin = 0, bins = MOST_BINS): void {
  state.fill(0, at, at + SEASON_SIZE);
  state[at + BIN] = -1;
  state[at + ORIGIN] = origin;
  state[at + BINS] = bins;
  state.fill(Number.NaN, at + PROFILE, at + SEASON_OUTLIER);
}

/** Whether a place in the state is of the profile. What is not known there is NaN. */
export const isOfProfile = (place: number): boolean => place >= PROFILE && place < SEASON_OUTLIER;

/** Takes a value into the profile. Returns what was usual at this time of the season; NaN if that is not known. */
export function profiled(
  state: Float64Array,
  at: number,
  seconds: number,
  value: number,
  period: number,
): number {
  const bin = binOf(state, at, seconds, period);
  if (bin !== state[at + BIN]) {
    close(state, at);
    // A clock that is set back makes no season.
    const number = numberOf(state, at, seconds, period);
    if (state[at + BIN] !== -1 && number > state[at + NUMBER]!) state[at + SEASONS]! += 1;
    state[at + NUMBER] = number;
    state[at + BIN] = bin;
  }

  state[at + SUM]! += value;
  state[at + COUNT]! += 1;
  return state[at + SEASONS]! >= LEAST_SEASONS ? state[at + PROFILE + bin]! : Number.NaN;
}

/**
 * Judges a value.
 * @param usual what was usual at this time of the season, see `profiled`
 * @param prior the excess of the tail of deviations until more is known
 * @returns `-log10` of the probability of one so far away at this time of the season
 */
export function unseasonal(
  state: Float64Array,
  at: number,
  value: number,
  usual: number,
  prior: number | undefined,
): number {
  return Number.isNaN(usual) ? 0 : outlying(state, at + SEASON_OUTLIER, value - usual, prior);
}

/** Returns what is expected at a time, or NaN if that is not known. */
export function expectedInSeason(
  state: Float64Array,
  at: number,
  seconds: number,
  period: number,
): number {
  const usual = state[at + PROFILE + binOf(state, at, seconds, period)]!;
  return usual + expectedOf(state, at + SEASON_OUTLIER);
}

function numberOf(state: Float64Array, at: number, seconds: number, period: number): number {
  const number = Math.floor((seconds - state[at + ORIGIN]!) / period);
  return Number.isFinite(number) ? number : 0;
}

function binOf(state: Float64Array, at: number, seconds: number, period: number): number {
  const phase = (seconds - state[at + ORIGIN]!) / period;
  // Of a season that is much too short nobody can tell which time it is.
  if (!Number.isFinite(phase)) return 0;
  const bins = state[at + BINS]!;
  return Math.min(bins - 1, Math.floor((phase - Math.floor(phase)) * bins));
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
