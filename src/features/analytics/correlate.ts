import type { Correlation } from '../../analytics/analyses.ts';
import { laggedCorrelation } from '../../analytics/correlation.ts';
import { gridOf, meanOf } from './describe.ts';
import type { TargetSeries } from './target-samples.ts';

/** So many times are compared, with each of so many lags in both directions. */
const MOST_STEPS = 2000;
const MOST_LAGS = 500;

/**
 * Tells how far the means of two targets go together.
 * @param maxLag seconds
 */
export function correlate(
  one: readonly TargetSeries[],
  other: readonly TargetSeries[],
  maxLag: number,
): Correlation {
  const all = gridOf([...one, ...other], MOST_STEPS);
  // Of targets that have values at other distances the rarer ones count. Fewer times for a long lag say as much.
  const steps = [one, other].map((some) => gridOf(some)?.step ?? 0);
  const grid = all && { ...all, step: Math.max(all.step, ...steps, maxLag / MOST_LAGS) };
  if (!grid) return { coefficient: Number.NaN, lag: 0, unshifted: Number.NaN, count: 0 };
  const even = (some: readonly TargetSeries[]) => ({ ...grid, values: meanOf(some, grid).values });
  const most = Math.floor(maxLag / grid.step + 1e-9);
  const { lag, ...found } = laggedCorrelation(even(one), even(other), most);
  return { ...found, lag: lag * grid.step };
}
