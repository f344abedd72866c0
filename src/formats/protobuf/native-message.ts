import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { NativeBuckets, NativeHistogram } from '../../model.ts';

/** The numbers of the fields in which a message has native buckets. */
export interface NativeFields {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly zeroFloat: number;
  readonly negativeSpan: number;
  readonly negativeDelta: number;
  readonly negativeFloat: number;
  readonly positiveSpan: number;
  readonly positiveDelta: number;
  readonly positiveFloat: number;
}

/** Those of `io.prometheus.client.Histogram`. */
const FIELDS: NativeFields = {
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  zeroFloat: 8,
  negativeSpan: 9,
  negativeDelta: 10,
  negativeFloat: 11,
  positiveSpan: 12,
  positiveDelta: 13,
  positiveFloat: 14,
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
  // Sums of fractions depend on their order, so what was worked out has a count of its own.
  if (native.floats) return counted;
  const inBuckets = nativeCount(native);
  return Number.isNaN(sum) ? Math.max(counted, inBuckets) : inBuckets;
}

/**
 * Writes native buckets into a histogram that is scraped:
 * https://prometheus.io/docs/specs/native_histograms/#exposition-formats
 */
export function writeNative(native: NativeHistogram, to: MessageWriter): void {
  const isEmpty = nativeCount(native) === 0;
  // Without whole counts nothing but this tells Prometheus before 2.45 that the buckets are native.
  const isTold = (!isEmpty && !native.floats) || native.zeroThreshold > 0;
  writeNativeBuckets(isTold ? native : { ...native, zeroThreshold: Number.MIN_VALUE }, FIELDS, to);
  // And later versions want a span, even one of no buckets.
  if (isEmpty) writeSpan(FIELDS.positiveSpan, 0, 0, to);
}

/** Writes native buckets, and nothing else. */
export function writeNativeBuckets(
  { schema, zeroThreshold, zeroCount, positive, negative, floats }: NativeHistogram,
  fields: NativeFields,
  to: MessageWriter,
): void {
  to.signed(fields.schema, schema);
  to.double(fields.zeroThreshold, zeroThreshold);
  if (floats) to.double(fields.zeroFloat, zeroCount);
  else to.whole(fields.zeroCount, zeroCount);
  const { negativeSpan, negativeDelta, negativeFloat } = fields;
  const { positiveSpan, positiveDelta, positiveFloat } = fields;
  const infinity = bucketOfInfinity(schema);
  const writeNegative = floats ? floatWriter(negativeFloat) : deltaWriter(negativeDelta);
  const writePositive = floats ? floatWriter(positiveFloat) : deltaWriter(positiveDelta);
  writeBuckets(negative, infinity, negativeSpan, writeNegative, to);
  writeBuckets(positive, infinity, positiveSpan, writePositive, to);
}

/** Returns the number of the bucket behind that of the greatest finite number, which is just below 2 ** 1024. */
function bucketOfInfinity(schema: number): number {
  return 1024 * 2 ** schema + 1;
}

type WriteCounts = (counts: readonly number[], to: MessageWriter) => void;

const floatWriter =
  (field: number): WriteCounts =>
  (counts, to) => {
    for (const count of counts) to.double(field, count);
  };

/** Whole counts are written as what each has more than the one before. */
const deltaWriter =
  (field: number): WriteCounts =>
  (counts, to) => {
    const start = to.open(field);
    let before = 0;
    for (const count of counts) {
      to.zigzag(count - before);
      before = count;
    }
    to.close(start);
  };

function writeBuckets(
  { offset, counts, infinite = 0 }: NativeBuckets,
  infinity: number,
  spanField: number,
  writeCounts: WriteCounts,
  to: MessageWriter,
): void {
  const written: number[] = [];
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
      for (let empty = 0; empty < gap; empty++, length++) written.push(0);
    }
    written.push(count);
    length++;
    next = bucket + 1;
  }
  if (length === 0) return;
  writeSpan(spanField, spanOffset, length, to);
  writeCounts(written, to);
}

function writeSpan(field: number, offset: number, length: number, to: MessageWriter): void {
  const start = to.open(field);
  to.signed(OFFSET, offset);
  to.whole(LENGTH, length);
  to.close(start);
}
