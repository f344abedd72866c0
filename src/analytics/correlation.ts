import type { EvenValues } from './even-spacing.ts';

/** A coefficient of fewer pairs would be chance. */
const LEAST_PAIRS = 8;

/**
 * Returns Pearson's coefficient of the pairs of two series, where the second is taken later.
 * @param lag by how many steps the second is later
 * @returns NaN if there are too few pairs, or if one of the two does not change
 */
export function correlation(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  lag = 0,
): { coefficient: number; count: number } {
  const from = Math.max(0, -lag);
  const to = Math.min(one.length, other.length - lag);
  let count = 0;
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const [a, b] = [one[i]!, other[i + lag]!];
    if (!Number.isFinite(a - b)) continue;
    count++;
    // These are running means and sums of products, which lose less than sums of squares do.
    const [dx, dy] = [a - x, b - y];
    x += dx / count;
    y += dy / count;
    xx += dx * (a - x);
    yy += dy * (b - y);
    xy += dx * (b - y);
  }
  const coefficient = count < LEAST_PAIRS ? Number.NaN : xy / (Math.sqrt(xx) * Math.sqrt(yy));
  return { coefficient: Math.max(-1, Math.min(1, coefficient)), count };
}

/**
 * Finds the lag at which two series go together most.
 * @param maxLag in steps
 */
export function laggedCorrelation(one: EvenValues, other: EvenValues, maxLag: number) {
  const unshifted = correlation(one.values, other.values);
  let best = { lag: 0, coefficient: unshifted.coefficient };
  // The shortest lags come first, so that of two that are as good the shorter one counts.
  for (let steps = 1; steps <= maxLag; steps++) {
    for (const lag of [steps, -steps]) {
      const { coefficient } = correlation(one.values, other.values, lag);
      const isStronger = !(Math.abs(coefficient) <= Math.abs(best.coefficient) + 1e-9);
      if (isStronger && !Number.isNaN(coefficient)) best = { lag, coefficient };
    }
  }
  return { ...best, unshifted: unshifted.coefficient, count: unshifted.count };
}
