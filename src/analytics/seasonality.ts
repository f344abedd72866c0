import { evenlySpaced, usualStep } from './even-spacing.ts';
import { autocorrelation, repetition } from './repetition.ts';
import { theilSen } from './trend.ts';

/** Of longer series this many steps are looked at; each step is then as much longer. */
const MOST_STEPS = 1000;
/** A weaker repetition may be chance. */
const WEAKEST = 0.3;

/**
 * Finds the period after which values repeat, by their autocorrelation without the trend. It must have passed three
 * times at least.
 * @param times ascending
 * @returns the period in the unit of the times, and the autocorrelation at it; `undefined` if there is none
 */
export function seasonality(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
): { period: number; strength: number } | undefined {
  const usual = usualStep(times);
  const [begin, end] = [times[0]!, times[times.length - 1]!];
  if (!(usual > 0)) return undefined;
  const step = Math.max(usual, (end - begin) / MOST_STEPS);
  const even = evenlySpaced(times, withoutTrend(times, values), { begin, end, step }).values;
  const longest = Math.floor(even.length / 3);
  const strengths = autocorrelation(even, longest);
  const lag = repetition(strengths, longest, Math.max(WEAKEST, 3 / Math.sqrt(even.length)));
  return lag > 0 ? { period: lag * step, strength: strengths[lag]! } : undefined;
}

function withoutTrend(times: ArrayLike<number>, values: ArrayLike<number>): Float64Array {
  const slope = theilSen(times, values);
  const begin = times[0]!;
  return Float64Array.from(values, (value, i) => value - slope * (times[i]! - begin));
}

/** A period is looked at in so many pieces. */
const PHASES = 50;

/** Takes away what repeats with a period: from each value the mean of those at the same place of the period. */
export function withoutSeason(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  period: number,
): Float64Array {
  const [sums, counts] = [new Float64Array(PHASES), new Float64Array(PHASES)];
  const phaseOf = (i: number) => {
    const turns = (times[i]! - times[0]!) / period;
    return Math.min(PHASES - 1, Math.floor((turns - Math.floor(turns)) * PHASES));
  };
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sums[phaseOf(i)]! += values[i]!;
    counts[phaseOf(i)]! += 1;
    total += values[i]!;
  }
  const mean = total / values.length;
  return Float64Array.from(values, (value, i) => {
    const phase = phaseOf(i);
    return value - sums[phase]! / counts[phase]! + mean;
  });
}
