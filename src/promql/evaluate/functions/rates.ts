import { divide, multiply } from '../../histogram/arithmetic.ts';
import type { FloatHistogram } from '../../histogram/float-histogram.ts';
import { growth, lastGrowth } from '../../histogram/rate.ts';
import { firstAfter } from '../bounds.ts';
import { startedAnew, zeroBefore } from '../starts.ts';
import {
  hasFloats,
  hasHistograms,
  histogramsOf,
  noteOf,
  type RangeFunction,
  type View,
  warnOfMixture,
} from '../view.ts';
import { extendedDelta } from './extended.ts';
import { extendedHistogram } from './extended-histograms.ts';

/**
 * Returns how much larger the difference between two samples is if the samples reach the ends of the window.
 * @param intervals how many samples there are from the first to the last, the first not counted
 * @param first what the counter was at the first sample, or -1 if it is not taken to start at zero
 * @param grown the difference
 * @param from when the counter was zero, if that is known and `grown` is from there; else the time of the first
 */
function factorOf(
  { start, end }: View,
  firstTime: number,
  lastTime: number,
  intervals: number,
  first: number,
  grown: number,
  from: number,
): number {
  const average = intervals === 0 ? 0 : (lastTime - firstTime) / 1000 / intervals;
  const sampled = (lastTime - from) / 1000;
  let toStart = from < firstTime ? 0 : (firstTime - start) / 1000;
  let toEnd = (end - lastTime) / 1000;
  if (toStart >= average * 1.1) toStart = average / 2;
  // A counter is not taken to have been less than zero.
  if (grown > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / grown));
  if (toEnd >= average * 1.1) toEnd = average / 2;
  return sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
}

function extrapolated(view: View, isCounter: boolean, perSecond: boolean): number {
  const { samples, low, high } = view;
  const { times, values } = samples;
  const last = high - 1;
  const from = isCounter ? countedFrom(view) : times[low]!;
  const first = values[low]!;
  let grown = values[last]! - (from < times[low]! ? 0 : first);
  if (isCounter) grown += lostInResets(view);
  const floor = isCounter ? first : -1;
  const factor = factorOf(view, times[low]!, times[last]!, last - low, floor, grown, from);
  return grown * (perSecond ? factor / secondsOf(view) : factor);
}

/** Returns since when the floats of a window count in it. */
function countedFrom({ samples: { times, starts }, low, start }: View): number {
  return starts ? zeroBefore({ times, starts }, low, start) : times[low]!;
}

function secondsOf({ start, end }: View): number {
  return (end - start) / 1000;
}

/** Returns what a counter had reached before each of its resets. */
function lostInResets({ samples: { values }, low, high, resets }: View): number {
  if (resets.length === 0) return 0;
  let sum = 0;
  for (let r = firstAfter(resets, 0, resets.length, low); resets[r]! < high; r++) {
    sum += values[resets[r]! - 1]!;
  }
  return sum;
}

function extrapolatedHistogram(
  view: View,
  isCounter: boolean,
  perSecond: boolean,
): FloatHistogram | undefined {
  const { samples, histogramLow, histogramHigh, start } = view;
  const { histogramTimes: times, histogramStarts: starts } = samples;
  const last = histogramHigh - 1;
  const started = starts && isCounter ? { times, starts } : undefined;
  const firstTime = times[histogramLow]!;
  const from = started ? zeroBefore(started, histogramLow, start) : firstTime;
  if (last <= histogramLow && from === firstTime) return undefined;
  const histograms = histogramsOf(view);
  const first = histograms[0]!;
  const isAnew = started && ((i: number) => startedAnew(started, histogramLow + i));
  const grown = growth(histograms, isCounter, noteOf(view), isAnew, from < firstTime);
  if (!grown) return undefined;
  const factor = factorOf(
    ...([view, firstTime, times[last]!, last - histogramLow] as const),
    ...([isCounter ? first.count : -1, grown.count, from] as const),
  );
  return multiply(grown, perSecond ? factor / secondsOf(view) : factor);
}

/** Whether one sample is enough. */
function isKnownFromZero(view: View): boolean {
  return hasFloats(view) && countedFrom(view) < view.samples.times[view.low]!;
}

/** `rate`, `increase` and `delta`. */
function rate(isCounter: boolean, perSecond: boolean): RangeFunction {
  const apply: RangeFunction = (view, grid, cell) => {
    if (hasHistograms(view)) {
      if (hasFloats(view)) {
        warnOfMixture(view);
        return;
      }
      const grown = view.modifier
        ? extendedHistogram(view, isCounter, perSecond ? secondsOf(view) : 1)
        : extrapolatedHistogram(view, isCounter, perSecond);
      if (grown) grid.putHistogram(cell, grown);
    } else if (view.modifier) {
      const delta = extendedDelta(view, isCounter);
      if (delta !== undefined) grid.put(cell, perSecond ? delta / secondsOf(view) : delta);
    } else if (view.high - view.low >= 2 || (isCounter && isKnownFromZero(view))) {
      grid.put(cell, extrapolated(view, isCounter, perSecond));
    }
  };
  apply.needsResets = isCounter;
  apply.readsStarts = isCounter;
  return apply;
}

/** `irate` and `idelta`: of the last two samples. */
function instant(isCounter: boolean): RangeFunction {
  const apply: RangeFunction = (view, grid, cell) => {
    const { samples, high, low, histogramHigh, histogramLow } = view;
    const { times, values, histogramTimes, histograms, starts, histogramStarts } = samples;
    if (high - low + histogramHigh - histogramLow < 2) return;
    const floats = floatsAmongLastTwo(view);
    if (floats === 1) {
      warnOfMixture(view);
    } else if (floats === 2) {
      const value = values[high - 1]!;
      const before = values[high - 2]!;
      const seconds = (times[high - 1]! - times[high - 2]!) / 1000;
      const isAnew = value < before || (starts && startedAnew({ times, starts }, high - 1));
      const delta = isCounter && isAnew ? value : value - before;
      grid.put(cell, isCounter ? delta / seconds : delta);
    } else {
      const last = histogramHigh - 1;
      const started = histogramStarts && { times: histogramTimes, starts: histogramStarts };
      const grown = lastGrowth(
        ...([histograms[last - 1]!, histograms[last]!, isCounter, noteOf(view)] as const),
        started && startedAnew(started, last),
      );
      const seconds = (histogramTimes[last]! - histogramTimes[last - 1]!) / 1000;
      if (grown) grid.putHistogram(cell, isCounter ? divide(grown, seconds) : grown);
    }
  };
  apply.readsStarts = isCounter;
  return apply;
}

function floatsAmongLastTwo({ samples, low, high, histogramLow, histogramHigh }: View): number {
  let [i, j] = [high - 1, histogramHigh - 1];
  for (let k = 0; k < 2; k++) {
    if (i >= low && (j < histogramLow || samples.times[i]! > samples.histogramTimes[j]!)) i--;
    else j--;
  }
  return high - 1 - i;
}

export const RATES: Readonly<Record<string, RangeFunction>> = {
  rate: rate(true, true),
  increase: rate(true, false),
  delta: rate(false, false),
  irate: instant(true),
  idelta: instant(false),
};
