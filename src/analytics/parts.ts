/** The parts of a detector: where the state of each begins, and what each makes of a value. */
import { CHANGE_SIZE, changed, forgetShortMean } from './change.ts';
import { CONSTANT_SIZE, unlikeConstant } from './constant.ts';
import { JUDGES } from './detector-options.ts';
import { DISTRIBUTION_SIZE, redistributed } from './distribution.ts';
import { EVIDENCE_SIZE } from './evidence.ts';
import { excessOfOutliers, expectedOf, knowsOutliers, OUTLIER_SIZE, outlying } from './outlier.ts';
import { forgetLast, RATE_SIZE, stepped } from './rate.ts';
import {
  beginSeason,
  expectedInSeason,
  isOfProfile,
  profiled,
  SEASON_SIZE,
  unseasonal,
} from './season.ts';
import { FINDER_SIZE, forgetPieces, isOfMeans, seekSeason } from './season-finder.ts';
import { beginUse, isUseful, USE_SIZE } from './season-use.ts';
import { SILENCE_SIZE, usualInterval } from './silence.ts';
import { UNUSUAL } from './unusual.ts';
import { WARM_UP } from './warm-up.ts';

/** Whether there was a value: 0 or 1. */
export const STARTED = 0;
/** The length of the season in seconds; 0 as long as it is to be found. */
export const PERIOD = 1;
/** The surprise of each judge at the last value, in decades. */
export const SURPRISES = UNUSUAL + 1;
export const SILENCE_SCORE = SURPRISES + JUDGES.length;
export const EVIDENCE = SILENCE_SCORE + 1;
export const SILENCE = EVIDENCE + EVIDENCE_SIZE;
export const LEVEL = SILENCE + SILENCE_SIZE;
export const SEASON = LEVEL + OUTLIER_SIZE;
const CHANGE = SEASON + SEASON_SIZE;
const RATE = CHANGE + CHANGE_SIZE;
const DISTRIBUTION = RATE + RATE_SIZE;
export const CONSTANT = DISTRIBUTION + DISTRIBUTION_SIZE;
/** Only a state that finds its season has this. */
const USE = CONSTANT + CONSTANT_SIZE;
const FINDER = USE + USE_SIZE;
const STATE_SIZE = USE;
const FINDING_SIZE = FINDER + FINDER_SIZE;

/**
 * Returns the state of a detector that has seen nothing.
 * @param period the length of the season in seconds; 0 if it is to be found
 */
export function emptyState(period: number, warmUp: number): Float64Array {
  const state = new Float64Array(period > 0 ? STATE_SIZE : FINDING_SIZE);
  state[PERIOD] = period;
  state[WARM_UP] = warmUp;
  beginSeason(state, SEASON);
  return state;
}

/** Whether a state finds its season. */
export const isFinding = (state: Float64Array): boolean => state.length > STATE_SIZE;

/** Whether a place in a state may be NaN. */
export const mayBeNaN = (place: number): boolean =>
  isOfProfile(place - SEASON) || isOfMeans(place - FINDER);

/** Has every part judge a value. */
export function judge(state: Float64Array, seconds: number, value: number): void {
  const level = expectedOf(state, LEVEL);
  state[SURPRISES] = outlying(state, LEVEL, value);
  state[SURPRISES + 1] = 0;
  if (state[PERIOD]! > 0) judgeSeason(state, seconds, value, level);
  // The first gaps between values may not be the usual ones.
  else if (knowsOutliers(state, LEVEL)) findSeason(state, seconds, value);
  state[SURPRISES + 2] = changed(state, CHANGE, value);
  state[SURPRISES + 3] = stepped(state, RATE, value);
  state[SURPRISES + 4] = redistributed(state, DISTRIBUTION, value);
  const unlike = unlikeConstant(state, CONSTANT, value);
  if (Number.isNaN(unlike)) return;
  // Where most values are the same there is no spread to judge by. Others may still be usual at that time of the season.
  state[SURPRISES] = unlike;
  state[SURPRISES + 1] = Math.min(unlike, state[SURPRISES + 1]!);
}

/** Judges a value by its time of the season. A season that was found and is of no use any more is forgotten. */
function judgeSeason(state: Float64Array, seconds: number, value: number, level: number): void {
  const period = state[PERIOD]!;
  const seasonal = isFinding(state) ? expectedInSeason(state, SEASON, seconds, period) : Number.NaN;
  const usual = profiled(state, SEASON, seconds, value, period);
  // Noise has the same tail around a level as around a season, and that around the level is known earlier.
  const prior = excessOfOutliers(state, LEVEL);
  state[SURPRISES + 1] = unseasonal(state, SEASON, value, usual, prior);
  if (Number.isNaN(seasonal)) return;
  const values = period / usualInterval(state, SILENCE);
  const [fromSeason, fromLevel] = [Math.abs(value - seasonal), Math.abs(value - level)];
  if (isUseful(state, USE, fromSeason, fromLevel, values)) return;
  state[PERIOD] = 0;
  beginSeason(state, SEASON);
  forgetPieces(state, FINDER);
}

function findSeason(state: Float64Array, seconds: number, value: number): void {
  const found = seekSeason(state, FINDER, seconds, value, usualInterval(state, SILENCE));
  if (!found) return;
  const { period, bins, begin, step, means } = found;
  state[PERIOD] = period;
  beginSeason(state, SEASON, begin, bins);
  beginUse(state, USE);
  // What led to it is what is known of it.
  means.forEach((mean, i) => {
    if (!Number.isNaN(mean)) profiled(state, SEASON, begin + (i + 0.5) * step, mean, period);
  });
}

/** Forgets what was a moment ago, since there was a gap. */
export function forgetMoment(state: Float64Array): void {
  forgetShortMean(state, CHANGE);
  forgetLast(state, RATE);
}
