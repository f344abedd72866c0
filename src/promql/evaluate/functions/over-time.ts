import { average, sum } from '../../histogram/aggregation.ts';
import { shortNumberText } from '../../number-text.ts';
import { meanOf, sumOf } from '../compensated.ts';
import { type Fold, folded } from '../fold.ts';
import { quantileOfSorted } from '../quantile.ts';
import { whenSorted } from '../sorting.ts';
import {
  hasFloats,
  hasHistograms,
  histogramsOf,
  noteOf,
  type RangeFunction,
  tellIgnored,
  type View,
  warnOfMixture,
} from '../view.ts';
import { Deviation, Variance } from './variance.ts';

/** Of ranges with floats, whose histograms do not count. */
function ofFloats(compute: (view: View) => number): RangeFunction {
  return (view, grid, cell) => {
    if (!hasFloats(view)) return;
    if (hasHistograms(view)) tellIgnored(view);
    grid.put(cell, compute(view));
  };
}

/** The same for what is made of long ranges piece by piece. */
function ofFloatsInPieces(make: () => Fold): RangeFunction {
  const put = folded(make);
  return (view, grid, cell) => {
    if (!hasFloats(view)) return;
    if (hasHistograms(view)) tellIgnored(view);
    return put(view, grid, cell);
  };
}

/** Of ranges that hold floats or histograms, but not both. */
function ofEither(
  compute: (values: Float64Array, low: number, high: number) => number,
  combine: typeof sum,
): RangeFunction {
  return (view, grid, cell) => {
    if (!hasHistograms(view)) {
      grid.put(cell, compute(view.samples.values, view.low, view.high));
    } else if (hasFloats(view)) warnOfMixture(view);
    else {
      const combined = combine(histogramsOf(view), noteOf(view));
      if (combined) grid.putHistogram(cell, combined);
    }
  };
}

/** Returns the number of the extreme float of a range. NaN gives way to any other number. */
function extreme({ samples: { values }, low, high }: View, sign: 1 | -1, last = false): number {
  let best = low;
  for (let i = low; i < high; i++) {
    const value = values[i]! * sign;
    const other = values[best]! * sign;
    if (value > other || (last && value === other) || Number.isNaN(other)) best = i;
  }
  return best;
}

/** The median of how far the floats are from their median. */
const deviationOverTime: RangeFunction = (view, grid, cell) => {
  if (!hasFloats(view)) return;
  if (hasHistograms(view)) tellIgnored(view);
  const numbers = view.samples.values.slice(view.low, view.high);
  return whenSorted(view.run, numbers, (sorted) => {
    // They are the last.
    if (Number.isNaN(sorted.at(-1))) return grid.put(cell, Number.NaN);
    const median = quantileOfSorted(0.5, sorted);
    const far = sorted.map((value) => Math.abs(value - median));
    return whenSorted(view.run, far, (all) => grid.put(cell, quantileOfSorted(0.5, all)));
  });
};

const quantileOverTime: RangeFunction = (view, grid, cell) => {
  if (!hasFloats(view)) return;
  const q = view.args[0]!;
  if (!(q >= 0 && q <= 1)) {
    view.run.annotations.warn(
      `quantile value should be between 0 and 1, got ${shortNumberText(q)}`,
      view.argument,
    );
  }
  if (hasHistograms(view)) tellIgnored(view);
  const numbers = view.samples.values.slice(view.low, view.high);
  return whenSorted(view.run, numbers, (sorted) => grid.put(cell, quantileOfSorted(q, sorted)));
};

/** Returns the first or the last sample, whatever it is. */
function sampleAt(last: boolean): RangeFunction {
  const copy: RangeFunction = (view, grid, cell) => {
    const { samples, low, high, histogramLow, histogramHigh } = view;
    const i = last ? high - 1 : low;
    const j = last ? histogramHigh - 1 : histogramLow;
    const earlier = samples.times[i]! < samples.histogramTimes[j]!;
    if (!hasHistograms(view) || (hasFloats(view) && earlier !== last)) {
      grid.put(cell, samples.values[i]!);
    } else grid.putHistogram(cell, samples.histograms[j]!);
  };
  copy.keepsName = true;
  return copy;
}

function timeOfFirst({ samples, low, high, histogramLow, histogramHigh }: View): number {
  return Math.min(
    low < high ? samples.times[low]! : Infinity,
    histogramLow < histogramHigh ? samples.histogramTimes[histogramLow]! : Infinity,
  );
}

function timeOfLast({ samples, low, high, histogramLow, histogramHigh }: View): number {
  return Math.max(
    low < high ? samples.times[high - 1]! : -Infinity,
    histogramLow < histogramHigh ? samples.histogramTimes[histogramHigh - 1]! : -Infinity,
  );
}

const one: RangeFunction = (_, grid, cell) => grid.put(cell, 1);

export const OVER_TIME: Readonly<Record<string, RangeFunction>> = {
  sum_over_time: ofEither(sumOf, sum),
  avg_over_time: ofEither(meanOf, average),
  count_over_time: ({ low, high, histogramLow, histogramHigh }, grid, cell) =>
    grid.put(cell, high - low + histogramHigh - histogramLow),
  present_over_time: one,
  absent_over_time: one,
  first_over_time: sampleAt(false),
  last_over_time: sampleAt(true),
  max_over_time: ofFloats((view) => view.samples.values[extreme(view, 1)]!),
  min_over_time: ofFloats((view) => view.samples.values[extreme(view, -1)]!),
  stdvar_over_time: ofFloatsInPieces(() => new Variance()),
  stddev_over_time: ofFloatsInPieces(() => new Deviation()),
  mad_over_time: deviationOverTime,
  quantile_over_time: quantileOverTime,
  ts_of_first_over_time: (view, grid, cell) => grid.put(cell, timeOfFirst(view) / 1000),
  ts_of_last_over_time: (view, grid, cell) => grid.put(cell, timeOfLast(view) / 1000),
  ts_of_max_over_time: ofFloats((view) => timeOf(view, extreme(view, 1, true))),
  ts_of_min_over_time: ofFloats((view) => timeOf(view, extreme(view, -1, true))),
};

function timeOf({ samples }: View, sample: number): number {
  return samples.times[sample]! / 1000;
}
