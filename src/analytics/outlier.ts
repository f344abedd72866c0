/** How improbable a value is among those of its series before: a level, and the tail of deviations from it. */
import { deviationOf, LEVEL_SIZE, meanOf, spreadOf } from './level.ts';
import { deviationAt, excessOf, isWarm, surprise, TAIL_SIZE } from './tail.ts';

export const OUTLIER_SIZE = LEVEL_SIZE + TAIL_SIZE;
/** The band has 999 of 1,000 values. */
const BAND = 3;
/** The same for Gaussian noise, in mean absolute deviations. */
const WIDE = 4;

/**
 * Takes a value.
 * @param prior the excess of the tail until more is known, see `excessOfOutliers`
 * @returns `-log10` of the probability of one so far away, or 0 if it is usual
 */
export function outlying(state: Float64Array, at: number, value: number, prior?: number): number {
  return surprise(state, at + LEVEL_SIZE, deviationOf(state, at, value), prior);
}

/** Returns how heavy the tail of deviations is; `undefined` if that is not known. */
export const excessOfOutliers = (state: Float64Array, at: number): number | undefined =>
  excessOf(state, at + LEVEL_SIZE);

export const expectedOf = meanOf;

/** Whether enough values were seen to call one unlikely. */
export const knowsOutliers = (state: Float64Array, at: number): boolean =>
  isWarm(state, at + LEVEL_SIZE);

/** Returns how far from what is expected a value may be, and still be usual. */
export function halfBand(state: Float64Array, at: number): number {
  const spread = spreadOf(state, at);
  if (!knowsOutliers(state, at)) return WIDE * spread;
  return spread * deviationAt(state, at + LEVEL_SIZE, BAND);
}
