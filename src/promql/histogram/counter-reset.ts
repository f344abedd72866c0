import { upperBound } from './bounds.ts';
import { mapInto, sameBounds } from './custom-bounds.ts';
import {
  type Buckets,
  type CounterResetHint,
  CUSTOM_BOUNDS,
  type FloatHistogram,
} from './float-histogram.ts';
import { emptySide, lowered, type Side } from './side.ts';
import { widened } from './zero-bucket.ts';

/** Returns the hint of a sum or difference, and whether the hints contradict each other. */
export function adjustedHint(
  one: CounterResetHint,
  other: CounterResetHint,
): [hint: CounterResetHint, collision: boolean] {
  if (one === other) return [one, false];
  if (one === 'gauge' || other === 'gauge') return ['gauge', false];
  return ['unknown', one !== 'unknown' && other !== 'unknown'];
}

/**
 * Whether the counter was reset between two histograms: if a bucket, the zero bucket or the number of all
 * observations is smaller than before, or if the buckets are narrower. The hint of `current` is believed.
 */
export function isReset(current: FloatHistogram, previous: FloatHistogram): boolean {
  if (current.counterReset === 'reset') return true;
  if (current.counterReset === 'not_reset') return false;
  return hasFallen(current, previous);
}

/**
 * Returns a histogram with the hint that a store gives it: so that it need not be compared with the one before
 * each time that it is read.
 * @param previous the one before in the same series, if there is any
 */
export function withHint(histogram: FloatHistogram, previous?: FloatHistogram): FloatHistogram {
  if (histogram.counterReset === 'gauge') return histogram;
  const follows =
    previous !== undefined &&
    previous.counterReset !== 'gauge' &&
    histogram.counterReset !== 'reset' &&
    histogram.schema === previous.schema &&
    histogram.zeroThreshold === previous.zeroThreshold &&
    sameBounds(histogram.customBounds, previous.customBounds) &&
    !hasFallen(histogram, previous);
  const counterReset = follows ? 'not_reset' : 'unknown';
  return histogram.counterReset === counterReset ? histogram : { ...histogram, counterReset };
}

function hasFallen(current: FloatHistogram, previous: FloatHistogram): boolean {
  // Sources share what has not changed.
  if (current === previous) return false;
  if (current.count < previous.count || current.schema > previous.schema) return true;
  if (current.schema === CUSTOM_BOUNDS) {
    if (previous.schema !== CUSTOM_BOUNDS) return true;
    return sameBounds(current.customBounds, previous.customBounds)
      ? sideHasFallen(current.positive, previous.positive)
      : customHasFallen(current, previous);
  }
  const { schema, zeroThreshold } = current;
  if (zeroThreshold < previous.zeroThreshold) return true;
  const zero =
    zeroThreshold === previous.zeroThreshold
      ? previous
      : widened({ ...previous, zeroLost: 0 }, zeroThreshold);
  if (zero.zeroThreshold !== zeroThreshold || current.zeroCount < zero.zeroCount) return true;
  const start = (side: Side) => {
    const { indices, counts } = side;
    let from = 0;
    while (from < indices.length && upperBound(indices[from]!, schema) <= zeroThreshold) from++;
    return from === 0 ? side : { indices: indices.slice(from), counts: counts.slice(from) };
  };
  const before = (side: Buckets) => start(lowered(side, previous.schema - schema));
  return (
    sideHasFallen(start(current.positive), before(previous.positive)) ||
    sideHasFallen(start(current.negative), before(previous.negative))
  );
}

function sideHasFallen(current: Buckets, previous: Buckets): boolean {
  if (current === previous) return false;
  let i = 0;
  for (let j = 0; j < previous.indices.length; j++) {
    const index = previous.indices[j]!;
    const before = previous.counts[j]!;
    while (i < current.indices.length && current.indices[i]! < index) i++;
    if (current.indices[i] === index ? current.counts[i]! < before : before !== 0) return true;
  }
  return false;
}

/** Compares only the bounds that both have. */
function customHasFallen(current: FloatHistogram, previous: FloatHistogram): boolean {
  const theirs = new Set(previous.customBounds);
  const common = (current.customBounds ?? []).filter((bound) => theirs.has(bound));
  const mapped = ({ positive, customBounds = [] }: FloatHistogram) => {
    const side = emptySide(common.length + 1);
    mapInto(side, common, positive, customBounds, 1);
    return side;
  };
  return sideHasFallen(mapped(current), mapped(previous));
}
