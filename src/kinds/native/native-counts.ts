import {
  NATIVE_HEAD,
  NATIVE_INFINITE,
  NATIVE_MINUS_INFINITE,
  NATIVE_NEGATIVE,
  NATIVE_POSITIVE,
  NATIVE_SCHEMA,
  NATIVE_SIZE,
  NATIVE_SUM,
  NATIVE_ZERO,
  type NativeShape,
} from './layout.ts';

/** Buckets that follow one another, from the number `offset` on. */
export interface BucketRange {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** What a block holds. */
export interface NativeCounts {
  readonly schema: number;
  readonly sum: number;
  readonly zero: number;
  readonly positive: BucketRange;
  readonly negative: BucketRange;
  readonly infinite: number;
  readonly minusInfinite: number;
  /** The counts of the classic buckets. */
  readonly classic: readonly number[];
}

export const NO_BUCKETS: BucketRange = { offset: 0, counts: [] };

/** Reads a block, which must be a sound one. @param classic how many classic buckets it has */
export function countsIn(
  cells: ArrayLike<number>,
  index: number,
  { schema }: NativeShape,
  classic: number,
): NativeCounts {
  const at = (cell: number) => cells[index + cell]!;
  const list = (from: number, length: number) => {
    const counts: number[] = [];
    for (let i = 0; i < length; i++) counts.push(at(from + i));
    return counts;
  };
  const range = (head: number, from: number): BucketRange => ({
    offset: at(head),
    counts: list(from, at(head + 1)),
  });
  const positive = NATIVE_HEAD + classic;
  return {
    schema: at(NATIVE_SIZE) > 0 ? at(NATIVE_SCHEMA) : schema,
    sum: at(NATIVE_SUM),
    zero: at(NATIVE_ZERO),
    positive: range(NATIVE_POSITIVE, positive),
    negative: range(NATIVE_NEGATIVE, positive + at(NATIVE_POSITIVE + 1)),
    infinite: at(NATIVE_INFINITE),
    minusInfinite: at(NATIVE_MINUS_INFINITE),
    classic: list(NATIVE_HEAD, classic),
  };
}

/** Returns the cells of a block that holds the counts, and nothing else. */
export function blockWith(counts: NativeCounts): number[] {
  const { sum, zero, schema, positive, negative, infinite, minusInfinite, classic } = counts;
  const block = [sum, 0, zero, schema, positive.offset, positive.counts.length];
  block.push(negative.offset, negative.counts.length, infinite, minusInfinite);
  block.push(...classic, ...positive.counts, ...negative.counts);
  block[NATIVE_SIZE] = block.length;
  return block;
}

/** Returns the range without the empty buckets at its ends. */
export function trim({ offset, counts }: BucketRange): BucketRange {
  let first = 0;
  let end = counts.length;
  while (first < end && counts[first] === 0) first++;
  while (end > first && counts[end - 1] === 0) end--;
  return first < end ? { offset: offset + first, counts: counts.slice(first, end) } : NO_BUCKETS;
}

/** Returns the bucket that a bucket is part of when the schema is so much lower. */
export function lowered(bucket: number, by: number): number {
  return ((bucket - 1) >> by) + 1;
}

/** Puts the counts into the buckets of a schema that is so much lower. */
export function lower(range: BucketRange, by: number): BucketRange {
  if (by === 0 || range.counts.length === 0) return range;
  const offset = lowered(range.offset, by);
  const counts = new Array<number>(spanOf(range, by)).fill(0);
  range.counts.forEach((count, i) => {
    counts[lowered(range.offset + i, by) - offset]! += count;
  });
  return { offset, counts };
}

/** Returns how many buckets a range has once the schema is so much lower. */
function spanOf({ offset, counts }: BucketRange, by: number): number {
  if (counts.length === 0) return 0;
  return lowered(offset + counts.length - 1, by) - lowered(offset, by) + 1;
}
