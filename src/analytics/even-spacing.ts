import { medianOf } from './quantiles.ts';

/** Values at times that are all equally far apart. Where there was none it is NaN. */
export interface EvenValues {
  readonly begin: number;
  readonly step: number;
  readonly values: Float64Array;
}

/** Returns the usual distance of times; NaN if there are fewer than two. */
export function usualStep(times: ArrayLike<number>): number {
  const steps = new Float64Array(Math.max(0, times.length - 1));
  for (let i = 0; i < steps.length; i++) steps[i] = times[i + 1]! - times[i]!;
  return medianOf(steps);
}

/**
 * Puts values on times that are equally far apart. Several that fall on one time are averaged.
 * @param times ascending
 */
export function evenlySpaced(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  { begin, end, step }: { begin: number; end: number; step: number },
): EvenValues {
  const length = Math.max(0, Math.floor((end - begin) / step + 0.5) + 1);
  const sums = new Float64Array(length);
  const counts = new Float64Array(length);
  for (let i = 0; i < times.length; i++) {
    const at = Math.round((times[i]! - begin) / step);
    if (at < 0 || at >= length) continue;
    sums[at]! += values[i]!;
    counts[at]! += 1;
  }
  // Without values this divides 0 by 0, which is NaN.
  return { begin, step, values: sums.map((sum, at) => sum / counts[at]!) };
}
