import { add, asGauge, compact, divide, multiply, subtract } from '../../histogram/arithmetic.ts';
import { isReset } from '../../histogram/counter-reset.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from '../../histogram/float-histogram.ts';
import type { Note } from '../../histogram/notes.ts';
import { firstAfter, firstNotBefore } from '../bounds.ts';
import { noteOf, type View } from '../view.ts';

/**
 * Of `anchored` and `smoothed` ranges of histograms: the difference between what the series is at the end of the
 * window and what it is at its beginning, a second.
 */
export function extendedHistogram(
  view: View,
  isCounter: boolean,
  seconds: number,
): FloatHistogram | undefined {
  const { samples, histogramLow: low, histogramHigh: high, start, end } = view;
  const { histogramTimes: times, histograms } = samples;
  const isSmoothed = view.modifier === 'smoothed';
  const note = withoutCollisions(noteOf(view));
  let last = high - 1;
  const first = Math.max(low, firstAfter(times, low, last, start) - 1);
  if (isSmoothed) last = firstNotBefore(times, low, last, end);
  if (times[last]! <= start || (isSmoothed && times[first]! > end)) return undefined;
  const used = histograms.slice(first, last + 1);
  if (!areAlike(used, isCounter, note)) return undefined;
  const at = (i: number, time: number) =>
    between(
      { histogram: histograms[i]!, time: times[i]! },
      { histogram: histograms[i + 1]!, time: times[i + 1]! },
      time,
      isCounter,
      note,
    );
  const left = isSmoothed && times[first]! < start ? at(first, start) : histograms[first]!;
  const right =
    isSmoothed && last > low && times[last]! > end ? at(last - 1, end) : histograms[last]!;
  if (!left || !right) return undefined;
  const isGauge = ({ counterReset }: FloatHistogram) => counterReset === 'gauge';
  if (!isCounter && !(isGauge(left) && isGauge(right))) note('not-gauge');
  let grown = subtract(right, left, note);
  if (isCounter && grown) {
    const isLate = isSmoothed && times[first]! < start && isReset(used[1]!, used[0]!);
    const inner = used.slice(isLate ? 2 : 1, -1);
    let before = isLate ? used[1]! : left;
    // Nothing lies between the two ends.
    if (used.length < (isLate ? 2 : 1)) return finished(grown, seconds);
    for (const histogram of used.length > (isLate ? 2 : 1) ? [...inner, right] : []) {
      if (isReset(histogram, before)) grown = grown && add(grown, before, note);
      before = histogram;
    }
  }
  return grown && finished(grown, seconds);
}

function finished(grown: FloatHistogram, seconds: number): FloatHistogram {
  return compact(asGauge(seconds === 1 ? grown : divide(grown, seconds)));
}

/** Whether all have exponential buckets or all have custom ones. */
function areAlike(histograms: readonly FloatHistogram[], isCounter: boolean, note: Note): boolean {
  const isCustom = ({ schema }: FloatHistogram) => schema === CUSTOM_BOUNDS;
  if (histograms.some((one) => isCustom(one) !== isCustom(histograms[0]!))) {
    note('incompatible');
    return false;
  }
  if (isCounter && histograms.some(({ counterReset }) => counterReset === 'gauge')) {
    note('not-counter');
  }
  return true;
}

interface Point {
  readonly histogram: FloatHistogram;
  readonly time: number;
}

/** Returns what lies at a time on the line from one histogram to the next. */
export function between(
  one: Point,
  other: Point,
  time: number,
  isCounter: boolean,
  note: Note,
): FloatHistogram | undefined {
  if (time === one.time) return one.histogram;
  if (time === other.time) return other.histogram;
  const fraction = (time - one.time) / (other.time - one.time);
  if (isCounter && isReset(other.histogram, one.histogram)) {
    return multiply(other.histogram, fraction);
  }
  const difference = subtract(other.histogram, one.histogram, note);
  return difference && add(multiply(difference, fraction), one.histogram, note);
}

/** Hints are expected to collide where histograms are subtracted from others. */
export function withoutCollisions(note: Note): Note {
  return (one) => {
    if (!one.startsWith('collision')) note(one);
  };
}
