import { sameBounds } from './custom-bounds.ts';
import type { Buckets, FloatHistogram } from './float-histogram.ts';
import type { HistogramOperation, Note } from './notes.ts';
import { type Added, added, histogramOf, scaledSum, sumOf } from './running-sum.ts';
import { lowered, sameNumbers } from './side.ts';

const NO_BUCKETS: Buckets = { indices: [], counts: [] };

/**
 * Adds two histograms. Empty buckets are kept.
 * @returns `undefined` if they are incompatible
 */
export function add(
  one: FloatHistogram,
  other: FloatHistogram,
  note: Note,
): FloatHistogram | undefined {
  const result = added(sumOf(one), other);
  tell(result, 'addition', note);
  return result && histogramOf(result.sum, false);
}

/**
 * Subtracts `other` from `one`. Empty buckets are kept. The hint is that of a sum: what `-` and the functions
 * of ranges return is a gauge, see `asGauge`.
 * @returns `undefined` if they are incompatible
 */
export function subtract(
  one: FloatHistogram,
  other: FloatHistogram,
  note: Note,
): FloatHistogram | undefined {
  const result = added(sumOf(one), other, -1);
  tell(result, 'subtraction', note);
  return result && histogramOf(result.sum, false);
}

/** Says what the addition of a histogram has met. */
function tell(result: Added | undefined, operation: HistogramOperation, note: Note): void {
  if (!result) note('incompatible');
  if (result?.collision) note(`collision:${operation}`);
  if (result?.reconciled) note(`bounds:${operation}`);
}

/** Multiplies all counts and the sum. A negative factor makes a gauge. */
export function multiply(histogram: FloatHistogram, factor: number): FloatHistogram {
  const product = scaled(histogram, (value) => value * factor);
  return factor < 0 ? asGauge(product) : product;
}

/** Divides all counts and the sum. A negative divisor makes a gauge, and 0 removes all buckets. */
export function divide(histogram: FloatHistogram, divisor: number): FloatHistogram {
  const quotient = scaled(histogram, (value) => value / divisor);
  if (divisor === 0) return { ...quotient, positive: NO_BUCKETS, negative: NO_BUCKETS };
  return divisor < 0 ? asGauge(quotient) : quotient;
}

function scaled(histogram: FloatHistogram, scale: (value: number) => number): FloatHistogram {
  return histogramOf(scaledSum(sumOf(histogram), scale), false);
}

export function asGauge(histogram: FloatHistogram): FloatHistogram {
  return { ...histogram, counterReset: 'gauge' };
}

/** Returns a histogram at the same schema or a lower one. Only exponential buckets can be lowered. */
export function toSchema(histogram: FloatHistogram, schema: number): FloatHistogram {
  if (schema === histogram.schema) return histogram;
  const side = (buckets: Buckets): Buckets => {
    const { indices, counts } = lowered(buckets, histogram.schema - schema);
    return { indices, counts };
  };
  const { positive, negative } = histogram;
  return { ...histogram, schema, positive: side(positive), negative: side(negative) };
}

/** Leaves out empty buckets. Returns the same histogram if there are none. */
export function compact(histogram: FloatHistogram): FloatHistogram {
  const { positive, negative } = histogram;
  if (!positive.counts.includes(0) && !negative.counts.includes(0)) return histogram;
  return { ...histogram, positive: used(positive), negative: used(negative) };
}

function used({ indices, counts }: Buckets): Buckets {
  return {
    indices: indices.filter((_, i) => counts[i] !== 0),
    counts: counts.filter((count) => count !== 0),
  };
}

/** Whether two histograms have the same data. Empty buckets count, hints do not. */
export function equal(one: FloatHistogram, other: FloatHistogram): boolean {
  return (
    one.schema === other.schema &&
    one.zeroThreshold === other.zeroThreshold &&
    Object.is(one.zeroCount, other.zeroCount) &&
    Object.is(one.count, other.count) &&
    Object.is(one.sum, other.sum) &&
    sameBounds(one.customBounds, other.customBounds) &&
    sameBuckets(one.positive, other.positive) &&
    sameBuckets(one.negative, other.negative)
  );
}

function sameBuckets(one: Buckets, other: Buckets): boolean {
  return (
    sameNumbers(one.indices, other.indices) &&
    one.counts.every((count, i) => Object.is(count, other.counts[i]))
  );
}
