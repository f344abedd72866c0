import { correlation } from './correlation.ts';

/** Returns how well values repeat after each lag, from 0 to the longest. NaN where that is not known. */
export function autocorrelation(values: Float64Array, longest: number): Float64Array {
  return new Float64Array(longest + 1).map(
    (_, lag) => correlation(values, values, lag).coefficient,
  );
}

/**
 * Finds the lag after which values repeat best.
 * @param strengths the autocorrelation of values without a trend
 * @param longest a lag must be shorter
 * @param weakest which strength may be chance
 * @returns 0 if there is none
 */
export function repetition(strengths: Float64Array, longest: number, weakest: number): number {
  let hasFallen = false;
  let best = 0;
  for (let lag = 1; lag < longest; lag++) {
    const strength = strengths[lag]!;
    // Values that lie close together are alike anyway. A period is a maximum behind the first fall.
    hasFallen ||= strength < weakest / 2;
    const isPeak = hasFallen && strength >= strengths[lag - 1]! && strength >= strengths[lag + 1]!;
    // Every multiple of a period repeats, too, and is not better by more than chance.
    const least = best > 0 ? strengths[best]! + 0.1 : weakest;
    if (isPeak && strength > least) best = lag;
  }
  return best;
}
