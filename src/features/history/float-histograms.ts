import { observationsOf } from '../../formats/protobuf/native-message.ts';
import type { NativeBuckets, NativeHistogram } from '../../model.ts';
import type { Buckets, FloatHistogram } from '../../promql/histogram/float-histogram.ts';

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
  const positive = bucketsOf(native.positive, schema, before?.positive);
  const negative = bucketsOf(native.negative, schema, before?.negative);
  const count = observationsOf(native, sum, counted);
  const isSame =
    before !== undefined &&
    positive === before.positive &&
    negative === before.negative &&
    schema === before.schema &&
    zeroThreshold === before.zeroThreshold &&
    zeroCount === before.zeroCount &&
    count === before.count &&
    Object.is(sum, before.sum);
  if (isSame) return before;
  const counterReset = 'unknown';
  return { schema, zeroThreshold, zeroCount, count, sum, positive, negative, counterReset };
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

function bucketsOf(
  { offset, counts, infinite = 0 }: NativeBuckets,
  schema: number,
  before: Buckets | undefined,
): Buckets {
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
  if (!before || !isSame(indices, before.indices)) return { indices, counts: filled };
  if (isSame(filled, before.counts)) return before;
  return { indices: before.indices, counts: filled };
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((one, i) => one === others[i]);
}
