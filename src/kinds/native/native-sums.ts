import { MIN_SCHEMA, type NativeShape } from './layout.ts';
import {
  type BucketRange,
  lower,
  lowered,
  type NativeCounts,
  NO_BUCKETS,
  trim,
} from './native-counts.ts';

/**
 * Adds up what two blocks of a family hold. Empty buckets at the ends do not count: a thread has them to spare,
 * and not the same ones for long. With them the resolution might rise again, which Prometheus takes for a reset.
 */
export function addCounts(
  one: NativeCounts,
  other: NativeCounts,
  { maxBuckets }: NativeShape,
): NativeCounts {
  const [a, b] = [trimmed(one), trimmed(other)];
  let schema = Math.min(a.schema, b.schema);
  const span = (side: 'positive' | 'negative') =>
    jointSpan(ends(a[side], a.schema - schema), ends(b[side], b.schema - schema));
  // The resolution is lowered before the lists are made: whatever a thread claims, they are not long.
  const hasRoom = () => span('positive') <= maxBuckets && span('negative') <= maxBuckets;
  while (schema > MIN_SCHEMA && !hasRoom()) schema--;
  const both = (side: 'positive' | 'negative') =>
    joinRanges(lower(a[side], a.schema - schema), lower(b[side], b.schema - schema), 1);
  return {
    schema,
    sum: a.sum + b.sum,
    zero: a.zero + b.zero,
    positive: both('positive'),
    negative: both('negative'),
    infinite: a.infinite + b.infinite,
    minusInfinite: a.minusInfinite + b.minusInfinite,
    classic: a.classic.map((count, i) => count + b.classic[i]!),
  };
}

function trimmed(counts: NativeCounts): NativeCounts {
  return { ...counts, positive: trim(counts.positive), negative: trim(counts.negative) };
}

/**
 * Returns what was counted after `before`; `undefined` if something was counted then and is not now, since the
 * series was reset.
 */
export function countsSince(now: NativeCounts, before: NativeCounts): NativeCounts | undefined {
  const schema = Math.min(now.schema, before.schema);
  const both = (side: 'positive' | 'negative') =>
    joinRanges(
      lower(now[side], now.schema - schema),
      lower(before[side], before.schema - schema),
      -1,
    );
  const since = {
    schema,
    sum: now.sum - before.sum,
    zero: now.zero - before.zero,
    positive: both('positive'),
    negative: both('negative'),
    infinite: now.infinite - before.infinite,
    minusInfinite: now.minusInfinite - before.minusInfinite,
    classic: now.classic.map((count, i) => count - before.classic[i]!),
  };
  const { zero, positive, negative, infinite, minusInfinite } = since;
  const counts = [zero, infinite, minusInfinite, ...positive.counts, ...negative.counts];
  return counts.every((count) => count >= 0) ? since : undefined;
}

/** Returns the first and the last bucket of a range once the schema is so much lower. */
function ends({ offset, counts }: BucketRange, by: number): readonly number[] {
  const last = offset + counts.length - 1;
  return counts.length === 0 ? [] : [lowered(offset, by), lowered(last, by)];
}

function jointSpan(...all: readonly (readonly number[])[]): number {
  const buckets = all.flat();
  return buckets.length === 0 ? 0 : Math.max(...buckets) - Math.min(...buckets) + 1;
}

/** Adds `sign` times the second range to the first, which has the same schema. */
function joinRanges(a: BucketRange, b: BucketRange, sign: 1 | -1): BucketRange {
  if (b.counts.length === 0) return a;
  if (a.counts.length === 0 && sign > 0) return b;
  const first = a.counts.length === 0 ? b : a;
  const offset = Math.min(first.offset, b.offset);
  const end = Math.max(first.offset + first.counts.length, b.offset + b.counts.length);
  const counts = new Array<number>(end - offset).fill(0);
  for (let i = 0; i < a.counts.length; i++) counts[a.offset - offset + i] = a.counts[i]!;
  for (let i = 0; i < b.counts.length; i++) counts[b.offset - offset + i]! += sign * b.counts[i]!;
  return { offset, counts };
}

/** Stands for a series that has recorded nothing. */
export function noCounts({ schema }: NativeShape, classic: number): NativeCounts {
  return {
    schema,
    sum: 0,
    zero: 0,
    positive: NO_BUCKETS,
    negative: NO_BUCKETS,
    infinite: 0,
    minusInfinite: 0,
    classic: new Array<number>(classic).fill(0),
  };
}
