import { firstAfter, firstNotBefore } from '../bounds.ts';
import type { View } from '../view.ts';

/**
 * Of `anchored` and `smoothed` ranges, which hold samples from outside the window, too: the difference between
 * what the series is at the end of the window and what it is at its beginning.
 */
export function extendedDelta(view: View, isCounter: boolean): number | undefined {
  const { samples, low, high, start, end } = view;
  const { times, values } = samples;
  const isSmoothed = view.modifier === 'smoothed';
  let last = high - 1;
  let first = Math.max(low, firstAfter(times, low, last, start) - 1);
  if (isSmoothed) last = firstNotBefore(times, low, last, end);
  if (times[last]! <= start || (isSmoothed && times[first]! > end)) return undefined;
  const left =
    isSmoothed && times[first]! < start ? between(view, first, start, isCounter) : values[first]!;
  const right =
    isSmoothed && last > low && times[last]! > end
      ? between(view, last - 1, end, isCounter)
      : values[last]!;
  let delta = right - left;
  if (isCounter) {
    if (times[first]! <= start) first++;
    if (times[last]! >= end) last--;
    let before = left;
    for (let i = first; i <= last; i++) {
      if (values[i]! < before) delta += before;
      before = values[i]!;
    }
    if (right < before) delta += before;
  }
  return delta;
}

/** Returns what lies at a time on the line from one sample to the next. */
function between(
  { samples: { times, values } }: View,
  one: number,
  time: number,
  isCounter: boolean,
): number {
  const to = values[one + 1]!;
  const from = isCounter && to < values[one]! ? 0 : values[one]!;
  return from + ((to - from) * (time - times[one]!)) / (times[one + 1]! - times[one]!);
}
