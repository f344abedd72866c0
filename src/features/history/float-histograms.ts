import { observationsOf } from '../../formats/protobuf/native-message.ts';
import type { NativeBuckets, NativeHistogram } from '../../model.ts';
import { sameBounds } from '../../promql/histogram/custom-bounds.ts';
import type { Buckets, FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { sameNumbers } from '../../promql/histogram/side.ts';

/** What a histogram takes besides its buckets, and what a bucket takes: estimates, in bytes. */
const PER_HISTOGRAM = 200;
const PER_BUCKET = 8;

/**
 * Returns native buckets as expressions see them.
 * @param sum the sum of the observations
 * @param counted how many were counted
 * @param before the histogram of the sample before: what is the same is shared with it
 */
export function floatHistogram(
  native: NativeHistogram,
  sum: number,
  counted: number,
  before: FloatHistogram | undefined,
): FloatHistogram {
  const { schema, zeroThreshold, zeroCount } = native;
  const positive = bucketsOf(native.positive, schema);
  const negative = bucketsOf(native.negative, schema);
  const count = observationsOf(native, sum, counted);
  const counterReset = 'unknown';
  return sharing(
    { schema, zeroThreshold, zeroCount, count, sum, positive, negative, counterReset },
    before,
  );
}

/**
 * Returns a histogram as it is kept. It shares with the one before what is the same: all of it, or buckets, or their
 * numbers.
 */
export function sharing(
  { counterReset, ...histogram }: FloatHistogram,
  before: FloatHistogram | undefined,
): FloatHistogram {
  const positive = sharedBuckets(histogram.positive, before?.positive);
  const negative = sharedBuckets(histogram.negative, before?.negative);
  // Other hints are about a sample that need not be the one before this. Who reads it compares.
  const hint = counterReset === 'gauge' ? 'gauge' : 'unknown';
  const isSame =
    before !== undefined &&
    positive === before.positive &&
    negative === before.negative &&
    histogram.schema === before.schema &&
    histogram.zeroThreshold === before.zeroThreshold &&
    histogram.zeroCount === before.zeroCount &&
    histogram.count === before.count &&
    Object.is(histogram.sum, before.sum) &&
    hint === before.counterReset &&
    sameBounds(histogram.customBounds, before.customBounds);
  return isSame ? before : { ...histogram, positive, negative, counterReset: hint };
}

/** Returns how many bytes of memory a histogram takes beyond what it shares with the one before. */
export function bytesOf(histogram: FloatHistogram, before: FloatHistogram | undefined): number {
  if (histogram === before) return 8;
  let bytes = PER_HISTOGRAM;
  for (const side of ['positive', 'negative'] as const) {
    const [buckets, others] = [histogram[side], before?.[side]];
    if (buckets === others) continue;
    bytes += PER_BUCKET * buckets.counts.length;
    if (buckets.indices !== others?.indices) bytes += PER_BUCKET * buckets.indices.length;
  }
  return bytes;
}

function bucketsOf({ offset, counts, infinite = 0 }: NativeBuckets, schema: number): Buckets {
  const indices: number[] = [];
  const filled: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! > 0)) continue;
    indices.push(offset + i);
    filled.push(counts[i]!);
  }
  if (infinite > 0) {
    // The bucket behind that of the greatest finite number, which is just below 2 ** 1024.
    indices.push(1024 * 2 ** schema + 1);
    filled.push(infinite);
  }
  return { indices, counts: filled };
}

function sharedBuckets({ indices, counts }: Buckets, before: Buckets | undefined): Buckets {
  if (!before || !sameNumbers(indices, before.indices)) return { indices, counts };
  return sameNumbers(counts, before.counts) ? before : { indices: before.indices, counts };
}
