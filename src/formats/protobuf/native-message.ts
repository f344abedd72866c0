import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { NativeBuckets, NativeHistogram } from '../../model.ts';

/** The numbers of the fields in which a message has native buckets. */
export interface NativeFields {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negativeSpan: number;
  readonly negativeDelta: number;
  readonly positiveSpan: number;
  readonly positiveDelta: number;
}

/** Those of `io.prometheus.client.Histogram`. */
const FIELDS: NativeFields = {
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  negativeSpan: 9,
  negativeDelta: 10,
  positiveSpan: 12,
  positiveDelta: 13,
};

/** The fields of `BucketSpan`, which all messages have in common. */
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
 * Returns how many observations a histogram with native buckets has. Servers refuse one whose count is not that
 * of its buckets. Only NaN is in none of them.
 * @param counted how many were counted, which may be more or fewer than at the moment when the buckets were read
 */
export function observationsOf(native: NativeHistogram, sum: number, counted: number): number {
  const inBuckets = nativeCount(native);
  return Number.isNaN(sum) ? Math.max(counted, inBuckets) : inBuckets;
}

/**
 * Writes native buckets into a histogram that is scraped:
 * https://prometheus.io/docs/specs/native_histograms/#exposition-formats
 */
export function writeNative(native: NativeHistogram, to: MessageWriter): void {
  const isEmpty = nativeCount(native) === 0;
  // Without observations nothing but this tells Prometheus before 2.45 that the buckets are native.
  const isTold = !isEmpty || native.zeroThreshold > 0;
  writeNativeBuckets(isTold ? native : { ...native, zeroThreshold: Number.MIN_VALUE }, FIELDS, to);
  // And later versions want a span, even one of no buckets.
  if (isEmpty) writeSpan(FIELDS.positiveSpan, 0, 0, to);
}

/** Writes native buckets, and nothing else. */
export function writeNativeBuckets(
  { schema, zeroThreshold, zeroCount, positive, negative }: NativeHistogram,
  fields: NativeFields,
  to: MessageWriter,
): void {
  to.signed(fields.schema, schema);
  to.double(fields.zeroThreshold, zeroThreshold);
  to.whole(fields.zeroCount, zeroCount);
  const infinity = bucketOfInfinity(schema);
  writeBuckets(negative, infinity, fields.negativeSpan, fields.negativeDelta, to);
  writeBuckets(positive, infinity, fields.positiveSpan, fields.positiveDelta, to);
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
