/** The parts of a detector: where the state of each begins, and what each makes of a value. */
import { CHANGE_SIZE, changed, forgetShortMean } from './change.ts';
import { CONSTANT_SIZE, unlikeConstant } from './constant.ts';
import { JUDGES } from './detector-options.ts';
import { DISTRIBUTION_SIZE, redistributed } from './distribution.ts';
import { EVIDENCE_SIZE } from './evidence.ts';
import { excessOfOutliers, OUTLIER_SIZE, outlying } from './outlier.ts';
import { forgetLast, RATE_SIZE, stepped } from './rate.ts';
import { beginSeason, SEASON_SIZE, unseasonal } from './season.ts';
import { SILENCE_SIZE } from './silence.ts';
import { UNUSUAL } from './unusual.ts';
import { WARM_UP } from './warm-up.ts';

/** Whether there was a value: 0 or 1. */
export const STARTED = 0;
/** The length of the season in seconds. */
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
export const STATE_SIZE = CONSTANT + CONSTANT_SIZE;

/** Returns the state of a detector that has seen nothing. */
export function emptyState(period: number, warmUp: number): Float64Array {
  const state = new Float64Array(STATE_SIZE);
  state[PERIOD] = period;
  state[WARM_UP] = warmUp;
  beginSeason(state, SEASON);
  return state;
}

/** Has every part judge a value. */
export function judge(state: Float64Array, seconds: number, value: number): void {
  state[SURPRISES] = outlying(state, LEVEL, value);
  // Noise has the same tail around a level as around a season, and that around the level is known earlier.
  const prior = excessOfOutliers(state, LEVEL);
  state[SURPRISES + 1] = unseasonal(state, SEASON, seconds, value, state[PERIOD]!, prior);
  state[SURPRISES + 2] = changed(state, CHANGE, value);
  state[SURPRISES + 3] = stepped(state, RATE, value);
  state[SURPRISES + 4] = redistributed(state, DISTRIBUTION, value);
  const unlike = unlikeConstant(state, CONSTANT, value);
  if (Number.isNaN(unlike)) return;
  // Where most values are the same there is no spread to judge by. Others may still be usual at that time of the season.
  state[SURPRISES] = unlike;
  state[SURPRISES + 1] = Math.min(unlike, state[SURPRISES + 1]!);
}

/** Forgets what was a moment ago, since there was a gap. */
export function forgetMoment(state: Float64Array): void {
  forgetShortMean(state, CHANGE);
  forgetLast(state, RATE);
}
