import type { Frame } from './frame.ts';

/** For each time of a frame, the samples of the window that ends there: from `low` up to `high`, excluded. */
export interface Bounds {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/**
 * Returns where the windows of a frame end.
 * @param at the time that stands in for each time of the frame, if there is one
 */
export function windowEnds(frame: Frame, offset: number, at: number | undefined): Float64Array {
  const ends = new Float64Array(frame.count);
  for (let k = 0; k < frame.count; k++) ends[k] = (at ?? frame.start + k * frame.step) - offset;
  return ends;
}

/**
 * Returns a function that finds the samples of all windows. What it found for the last series it returns again
 * if the next one has the same times, as series have that were sampled together.
 * @param ends where the windows end, ascending. The end belongs to a window, and its beginning does not.
 * @param range how long a window is
 */
export function boundsFinder(ends: Float64Array, range: number) {
  let last: { times: Float64Array; begin: number; end: number; bounds: Bounds } | undefined;
  return (times: Float64Array, begin: number, end: number): Bounds => {
    if (last?.times !== times || last.begin !== begin || last.end !== end) {
      last = { times, begin, end, bounds: findBounds(times, begin, end, ends, range) };
    }
    return last.bounds;
  };
}

function findBounds(
  times: Float64Array,
  begin: number,
  end: number,
  ends: Float64Array,
  range: number,
): Bounds {
  const low = new Int32Array(ends.length);
  const high = new Int32Array(ends.length);
  if (ends.length === 0) return { low, high };
  let i = firstAfter(times, begin, end, ends[0]! - range);
  let j = firstAfter(times, i, end, ends[0]!);
  for (let k = 0; k < ends.length; k++) {
    while (i < end && times[i]! <= ends[k]! - range) i++;
    if (j < i) j = i;
    while (j < end && times[j]! <= ends[k]!) j++;
    low[k] = i;
    high[k] = j;
  }
  return { low, high };
}

/** Returns the number of the first time that is later. */
export function firstAfter(
  times: ArrayLike<number>,
  begin: number,
  end: number,
  time: number,
): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the number of the first time that is not earlier. */
export function firstNotBefore(
  times: ArrayLike<number>,
  begin: number,
  end: number,
  time: number,
): number {
  const i = firstAfter(times, begin, end, time);
  return i > begin && times[i - 1] === time ? i - 1 : i;
}
