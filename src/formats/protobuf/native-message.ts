import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { NativeBuckets, NativeHistogram } from '../../model.ts';

/** The fields of `io.prometheus.client.Histogram` and `BucketSpan`. */
const SCHEMA = 5;
const ZERO_THRESHOLD = 6;
const ZERO_COUNT = 7;
const NEGATIVE_SPAN = 9;
const NEGATIVE_DELTA = 10;
const POSITIVE_SPAN = 12;
const POSITIVE_DELTA = 13;
const OFFSET = 1;
const LENGTH = 2;

/** Two spans take more bytes than one that includes so many empty buckets. */
const LARGEST_GAP = 2;

/** Returns how many observations are in buckets. */
export function nativeCount({ zeroCount, positive, negative }: NativeHistogram): number {
  let count = zeroCount;
  for (const { counts, infinite = 0 } of [positive, negative]) {
    count += infinite;
    for (let i = 0; i < counts.length; i++) count += counts[i]!;
  }
  return count;
}

/**
 * Writes native buckets into a histogram:
 * https://prometheus.io/docs/specs/native_histograms/#exposition-formats
 */
export function writeNative(native: NativeHistogram, to: MessageWriter): void {
  const { schema, zeroCount, positive, negative } = native;
  let { zeroThreshold } = native;
  const isEmpty = nativeCount(native) === 0;
  // Without observations nothing but this tells Prometheus before 2.45 that the buckets are native.
  if (isEmpty && !(zeroThreshold > 0)) zeroThreshold = Number.MIN_VALUE;
  to.signed(SCHEMA, schema);
  to.double(ZERO_THRESHOLD, zeroThreshold);
  to.whole(ZERO_COUNT, zeroCount);
  const infinity = bucketOfInfinity(schema);
  writeBuckets(negative, infinity, NEGATIVE_SPAN, NEGATIVE_DELTA, to);
  writeBuckets(positive, infinity, POSITIVE_SPAN, POSITIVE_DELTA, to);
  // And later versions want a span, even one of no buckets.
  if (isEmpty) writeSpan(POSITIVE_SPAN, 0, 0, to);
}

/** Returns the number of the bucket behind that of the greatest finite number, which is just below 2 ** 1024. */
function bucketOfInfinity(schema: number): number {
  return 1024 * 2 ** schema + 1;
}

function writeBuckets(
  { offset, counts, infinite = 0 }: NativeBuckets,
  infinity: number,
  spanField: number,
  deltaField: number,
  to: MessageWriter,
): void {
  const deltas: number[] = [];
  let known = 0;
  let length = 0;
  let spanOffset = 0;
  // The bucket after the last that was written. The first span counts from bucket 0.
  let next = 0;
  for (let i = 0; i <= counts.length; i++) {
    const isLast = i === counts.length;
    const count = isLast ? infinite : counts[i]!;
    if (!(count > 0)) continue;
    const bucket = isLast ? infinity : offset + i;
    const gap = bucket - next;
    if (length === 0 || gap > LARGEST_GAP) {
      if (length > 0) writeSpan(spanField, spanOffset, length, to);
      spanOffset = gap;
      length = 0;
    } else {
      for (let empty = 0; empty < gap; empty++, length++) {
        deltas.push(-known);
        known = 0;
      }
    }
    deltas.push(count - known);
    known = count;
    length++;
    next = bucket + 1;
  }
  if (length === 0) return;
  writeSpan(spanField, spanOffset, length, to);
  const start = to.open(deltaField);
  for (const delta of deltas) to.zigzag(delta);
  to.close(start);
}

function writeSpan(field: number, offset: number, length: number, to: MessageWriter): void {
  const start = to.open(field);
  to.signed(OFFSET, offset);
  to.whole(LENGTH, length);
  to.close(start);
}
