import { firstAfter } from '../bounds.ts';
import { hasFloats, hasHistograms, type RangeFunction, type View, warnOfMixture } from '../view.ts';
import { extendedDelta, firstCounted } from './extended.ts';

/**
 * What `rate`, `increase` and `delta` make of floats: the difference between the last and the first one, as
 * large as it would be if the samples reached the ends of the window.
 */
function extrapolated(view: View, isCounter: boolean, perSecond: boolean): number {
  const { samples, low, high, start, end } = view;
  const { times, values } = samples;
  const last = high - 1;
  const first = values[low]!;
  let result = values[last]! - first;
  if (isCounter) result += lostInResets(view);
  const sampled = (times[last]! - times[low]!) / 1000;
  const threshold = (sampled / (last - low)) * 1.1;
  let toStart = (times[low]! - start) / 1000;
  let toEnd = (end - times[last]!) / 1000;
  if (toStart >= threshold) toStart = sampled / (last - low) / 2;
  // A counter is not taken to have been less than zero.
  if (isCounter && result > 0 && first >= 0) {
    toStart = Math.min(toStart, sampled * (first / result));
  }
  if (toEnd >= threshold) toEnd = sampled / (last - low) / 2;
  let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  if (perSecond) factor /= (end - start) / 1000;
  return result * factor;
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

function rate(isCounter: boolean, perSecond: boolean): RangeFunction {
  const apply: RangeFunction = (view, grid, cell) => {
    if (hasHistograms(view)) {
      if (hasFloats(view)) warnOfMixture(view);
    } else if (view.modifier) {
      const delta = extendedDelta(view, isCounter);
      if (delta === undefined) return;
      grid.put(cell, perSecond ? delta / ((view.end - view.start) / 1000) : delta);
    } else if (view.high - view.low >= 2) {
      grid.put(cell, extrapolated(view, isCounter, perSecond));
    }
  };
  apply.needsResets = isCounter;
  return apply;
}

/** Of the last two samples. */
function instant(isCounter: boolean): RangeFunction {
  return (view, grid, cell) => {
    const { samples, high, low } = view;
    if (hasHistograms(view)) {
      if (hasFloats(view)) warnOfMixture(view);
      return;
    }
    if (high - low < 2) return;
    const value = samples.values[high - 1]!;
    const before = samples.values[high - 2]!;
    const seconds = (samples.times[high - 1]! - samples.times[high - 2]!) / 1000;
    const delta = isCounter && value < before ? value : value - before;
    grid.put(cell, isCounter ? delta / seconds : delta);
  };
}

/** How often a sample differs from the one before it in some way. */
function counted(differs: (value: number, before: number) => boolean): RangeFunction {
  return (view, grid, cell) => {
    const first = firstCounted(view);
    if (first === undefined) return;
    const { values } = view.samples;
    let count = 0;
    for (let i = first + 1; i < view.high; i++) if (differs(values[i]!, values[i - 1]!)) count++;
    grid.put(cell, count);
  };
}

export const RATES: Readonly<Record<string, RangeFunction>> = {
  rate: rate(true, true),
  increase: rate(true, false),
  delta: rate(false, false),
  irate: instant(true),
  idelta: instant(false),
  resets: counted((value, before) => value < before),
  changes: counted(
    (value, before) => value !== before && !(Number.isNaN(value) && Number.isNaN(before)),
  ),
};
