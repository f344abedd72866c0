import { medianOf } from './quantiles.ts';

/** Of more points, so many are used: they make 44,850 pairs. */
const MOST_POINTS = 300;

/**
 * Returns the slope of a straight line through points: the median of the slopes of all pairs (Theil–Sen). Less than
 * 29 % of wild values do not change it much. Of many points some are used, evenly spread, always the same ones.
 * @param times ascending
 * @returns NaN if there are no two points with different times
 * @see https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
 */
export function theilSen(times: ArrayLike<number>, values: ArrayLike<number>): number {
  const count = Math.min(times.length, MOST_POINTS);
  const step = count > 1 ? (times.length - 1) / (count - 1) : 0;
  const chosen = Array.from({ length: count }, (_, i) => Math.round(i * step));
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let found = 0;
  for (let i = 1; i < count; i++) {
    const [time, value] = [times[chosen[i]!]!, values[chosen[i]!]!];
    for (let j = 0; j < i; j++) {
      const passed = time - times[chosen[j]!]!;
      if (passed > 0) slopes[found++] = (value - values[chosen[j]!]!) / passed;
    }
  }
  return medianOf(slopes.subarray(0, found));
}
