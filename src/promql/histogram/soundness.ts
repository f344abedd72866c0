import { isSchema } from '../../kinds/native/bucket-numbers.ts';
import { type Buckets, CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';

/** No bucket of a number is further from that of 1, whatever the schema. */
const FURTHEST = 1100 * 2 ** 8;

/**
 * Returns what is wrong with the form of a histogram, or `undefined`. Functions of histograms rely on their form.
 * Counts may be anything: those of differences are negative.
 */
export function faultOf(histogram: FloatHistogram): string | undefined {
  const { schema, zeroThreshold, positive, negative, customBounds = [] } = histogram;
  const isCustom = schema === CUSTOM_BOUNDS;
  const numbers = [histogram.zeroCount, histogram.count, histogram.sum];
  const all = [numbers, positive.counts, negative.counts, customBounds];
  if (!all.every((values) => values.every((value) => typeof value === 'number'))) {
    return 'the counts, the sum and the bounds of a histogram must be numbers';
  }
  if (!isCustom && !isSchema(schema)) {
    return `the schema of a histogram must be from -4 to 8, or ${CUSTOM_BOUNDS} for custom bounds; got ${schema}`;
  }
  if (!(zeroThreshold >= 0 && zeroThreshold < Infinity)) {
    return `the zero threshold of a histogram must be a positive number or 0; got ${zeroThreshold}`;
  }
  if (!isCustom) {
    if (customBounds.length > 0)
      return `a histogram of schema ${schema} must not have custom bounds`;
    return faultOfSide(positive, -FURTHEST, FURTHEST) ?? faultOfSide(negative, -FURTHEST, FURTHEST);
  }
  if (histogram.zeroCount !== 0 || zeroThreshold !== 0 || negative.counts.length > 0) {
    return 'a histogram with custom bounds must have neither a zero bucket nor negative buckets';
  }
  if (!customBounds.every((bound, i) => bound < Infinity && !(bound <= customBounds[i - 1]!))) {
    return `custom bounds must be finite and ascending; got ${customBounds.join(' ')}`;
  }
  return faultOfSide(positive, 0, customBounds.length);
}

function faultOfSide({ indices, counts }: Buckets, first: number, last: number) {
  if (indices.length !== counts.length) {
    return `a histogram has ${indices.length} numbers of buckets but ${counts.length} counts`;
  }
  const isSound = indices.every(
    (index, i) =>
      Number.isInteger(index) && index >= first && index <= last && !(index <= indices[i - 1]!),
  );
  if (isSound) return undefined;
  const got = indices.slice(0, 20).join(' ');
  return `the numbers of buckets must be whole, ascending and from ${first} to ${last}; got ${got}`;
}
