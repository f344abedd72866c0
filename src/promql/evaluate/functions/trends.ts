import { lostAfter } from '../../histogram/compensated.ts';
import { QueryError } from '../../query-error.ts';
import { hasHistograms, type RangeFunction, tellIgnored, type View } from '../view.ts';

/** Of ranges with two floats at least. */
function ofFloats(compute: (view: View) => number): RangeFunction {
  return (view, grid, cell) => {
    const count = view.high - view.low;
    if (count > 0 && hasHistograms(view)) tellIgnored(view);
    if (count >= 2) grid.put(cell, compute(view));
  };
}

/** Fits a line to the floats. Returns its slope a second, and where it is at a time. */
function line({ samples, low, high }: View, at: number): [slope: number, intercept: number] {
  const { times, values } = samples;
  const initial = values[low]!;
  let isConstant = true;
  // The sums of x, y, x * y and x * x, and what each has lost.
  const sums = [0, 0, 0, 0];
  const rests = [0, 0, 0, 0];
  for (let i = low; i < high; i++) {
    const y = values[i]!;
    isConstant &&= y === initial || i === low;
    const x = (times[i]! - at) / 1000;
    add(sums, rests, 0, x);
    add(sums, rests, 1, y);
    add(sums, rests, 2, x * y);
    add(sums, rests, 3, x * x);
  }
  if (isConstant) {
    return Math.abs(initial) === Infinity ? [Number.NaN, Number.NaN] : [0, initial];
  }
  const [sumX, sumY, sumXY, sumX2] = sums.map((sum, i) => sum + rests[i]!) as [
    ...[number, number, number, number],
  ];
  const count = high - low;
  const slope = (sumXY - (sumX * sumY) / count) / (sumX2 - (sumX * sumX) / count);
  return [slope, sumY / count - (slope * sumX) / count];
}

function add(sums: number[], rests: number[], which: number, value: number): void {
  const total = sums[which]! + value;
  rests[which] = lostAfter(sums[which]!, value, total, rests[which]!);
  sums[which] = total;
}

function smoothed({ samples: { values }, low, high, args }: View): number {
  const smoothing = fraction('smoothing', 'sf', args[0]!);
  const trend = fraction('trend', 'tf', args[1]!);
  let before = 0;
  let level = values[low]!;
  let slope = values[low + 1]! - values[low]!;
  for (let i = low + 1; i < high; i++) {
    if (i > low + 1) slope = trend * (level - before) + (1 - trend) * slope;
    const next = smoothing * values[i]! + (1 - smoothing) * (level + slope);
    before = level;
    level = next;
  }
  return level;
}

function fraction(what: string, short: string, value: number): number {
  if (value > 0 && value < 1) return value;
  throw new QueryError(
    'execution',
    `invalid ${what} factor. Expected: 0 < ${short} < 1, got: ${value.toFixed(6)}`,
  );
}

export const TRENDS: Readonly<Record<string, RangeFunction>> = {
  deriv: ofFloats((view) => line(view, view.samples.times[view.low]!)[0]),
  predict_linear: ofFloats((view) => {
    const [slope, intercept] = line(view, view.time);
    return slope * view.args[0]! + intercept;
  }),
  double_exponential_smoothing: ofFloats(smoothed),
};
