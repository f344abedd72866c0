import { equal } from '../../histogram/arithmetic.ts';
import { isReset } from '../../histogram/counter-reset.ts';
import type { FloatHistogram } from '../../histogram/float-histogram.ts';
import { firstAfter } from '../bounds.ts';
import { beganBetween, startedAnew } from '../starts.ts';
import { hasHistograms, type RangeFunction, type View } from '../view.ts';

/** How two neighbouring samples differ so that it counts. A float and a histogram always do. */
interface Difference {
  ofFloats(value: number, before: number): boolean;
  ofHistograms(histogram: FloatHistogram, before: FloatHistogram): boolean;
  /** Whether samples differ that count since different times. */
  readonly ofStarts?: boolean;
}

/** Counts how often a sample differs from the one before it. */
function counted({ ofFloats, ofHistograms, ofStarts = false }: Difference): RangeFunction {
  const apply: RangeFunction = (view, grid, cell) => {
    const { values, times, histograms, histogramTimes, starts, histogramStarts } = view.samples;
    const first = firstCounted(view);
    if (!first) return;
    let [i, j] = first;
    let count = 0;
    if (!hasHistograms(view)) {
      for (i++; i < view.high; i++) {
        const isAnew = starts && startedAnew({ times, starts }, i);
        if (isAnew || ofFloats(values[i]!, values[i - 1]!)) count++;
      }
      grid.put(cell, count);
      return;
    }
    let before: number | FloatHistogram | undefined;
    let [timeBefore, startBefore] = [0, 0];
    while (i < view.high || j < view.histogramHigh) {
      const isFloat = j >= view.histogramHigh || (i < view.high && times[i]! < histogramTimes[j]!);
      const [time, start = 0] = isFloat
        ? [times[i]!, starts?.[i]]
        : [histogramTimes[j]!, histogramStarts?.[j]];
      const sample = isFloat ? values[i++]! : histograms[j++]!;
      const isAnew = beganBetween(timeBefore, startBefore, start);
      if (before !== undefined && (isAnew || differs(sample, before))) count++;
      [before, timeBefore, startBefore] = [sample, time, start];
    }
    grid.put(cell, count);
  };
  apply.readsStarts = ofStarts;
  return apply;

  function differs(sample: number | FloatHistogram, before: number | FloatHistogram): boolean {
    if (typeof sample === 'number') {
      return typeof before !== 'number' || ofFloats(sample, before);
    }
    return typeof before === 'number' || ofHistograms(sample, before);
  }
}

/**
 * Returns the float and the histogram from which changes are counted: the first of a window, and the newest
 * sample before it if it is `anchored`. Nothing if there are no samples in the window.
 */
function firstCounted(view: View): [float: number, histogram: number] | undefined {
  const { samples, low, high, histogramLow, histogramHigh, start } = view;
  if (view.modifier !== 'anchored') return [low, histogramLow];
  const { times, histogramTimes } = samples;
  const i = firstAfter(times, low, high, start);
  const j = firstAfter(histogramTimes, histogramLow, histogramHigh, start);
  if (i >= high && j >= histogramHigh) return undefined;
  const [hasFloat, hasHistogram] = [i > low, j > histogramLow];
  if (hasFloat && !(hasHistogram && histogramTimes[j - 1]! > times[i - 1]!)) return [i - 1, j];
  return hasHistogram ? [i, j - 1] : [i, j];
}

export const COUNTS: Readonly<Record<string, RangeFunction>> = {
  resets: counted({
    ofFloats: (value, before) => value < before,
    ofHistograms: isReset,
    ofStarts: true,
  }),
  changes: counted({
    ofFloats: (value, before) => value !== before && !(Number.isNaN(value) && Number.isNaN(before)),
    ofHistograms: (histogram, before) => !equal(histogram, before),
  }),
};
