import { indexOf, pageOf } from '../../pages/layout.ts';
import { blocksOf, type FamilyView, type ThreadView } from '../kind.ts';
import { isSchema } from './bucket-numbers.ts';
import {
  NATIVE_HEAD,
  NATIVE_INFINITE,
  NATIVE_NEGATIVE,
  NATIVE_POSITIVE,
  NATIVE_SCHEMA,
  NATIVE_SIZE,
  NATIVE_SUM,
  NATIVE_ZERO,
  type NativeShape,
} from './layout.ts';
import { blockWith, countsIn, type NativeCounts } from './native-counts.ts';
import { addCounts, countsSince, noCounts } from './native-sums.ts';

/** With the widest buckets, so many hold all numbers. */
const WIDEST_BUCKETS = 132;
/** The numbers of the buckets of schema 0 go from -1074 to 1024. */
const MOST_EXPONENT = 1074;

/** Stands for the cell of a block that is not sound as a whole. No cell has this number. */
export const WHOLE_BLOCK = -1;

/** Returns what all threads have recorded of a series, together with what is kept of it. */
export function countsOf(
  family: FamilyView,
  series: number,
  shape: NativeShape,
  classic: number,
): NativeCounts {
  const retained = family.retainedBlocks[series];
  let counts = retained ? countsIn(retained, 0, shape, classic) : noCounts(shape, classic);
  const isOverflow = series === family.overflow;
  for (const thread of family.threads) {
    for (const address of blocksOf(thread, series, isOverflow)) {
      const block = blockAt(thread, address, shape, classic);
      if (block) counts = addCounts(counts, countsIn(block, 0, shape, classic), shape);
    }
  }
  return balanced(counts);
}

/**
 * Puts into the last classic bucket what native ones have and classic ones have not: see `blockAt`. Bounds
 * are exposed with cumulative counts, so this changes the count of all and no other.
 */
function balanced(counts: NativeCounts): NativeCounts {
  const { classic } = counts;
  if (classic.length === 0) return counts;
  const late = Math.max(0, totalOf(counts) - total(classic));
  return { ...counts, classic: [...classic.slice(0, -1), classic.at(-1)! + late] };
}

/**
 * Copies a block; `undefined` if its thread is not trusted and no thread of ours would write that. RACE: the
 * counts are read one after the other while the thread goes on. All other cells stay as they are. The thread
 * counts in a native bucket and then in a classic one; classic ones are read before the others, so that they
 * do not have more.
 */
function blockAt(
  { reader, sound }: ThreadView,
  address: number,
  shape: NativeShape,
  classic: number,
): Float64Array | undefined {
  const page = reader.pages[pageOf(address)]!;
  const index = indexOf(address);
  const size = page[index + NATIVE_SIZE]! || NATIVE_HEAD + classic;
  const early = page.slice(index + NATIVE_HEAD, index + NATIVE_HEAD + classic);
  // What is checked is a copy, since a hostile thread may change the block meanwhile.
  const block = page.slice(index, index + size);
  if (block.length >= NATIVE_HEAD + classic) block.set(early, NATIVE_HEAD);
  if (!sound || isNativeBlock(block, shape, classic)) return block;
  sound(Number.NaN, WHOLE_BLOCK);
  return undefined;
}

/** Whether a thread of ours could have written the block, or `blockWith` could have made it. */
export function isNativeBlock(
  block: ArrayLike<number>,
  shape: NativeShape,
  classic: number,
): boolean {
  const at = (cell: number) => block[cell]!;
  const isCount = (cell: number) => Number.isSafeInteger(at(cell)) && at(cell) >= 0;
  const schema = at(NATIVE_SIZE) === 0 ? shape.schema : at(NATIVE_SCHEMA);
  if (!isSchema(schema) || schema > shape.schema) return false;
  const most = Math.max(shape.maxBuckets, WIDEST_BUCKETS);
  // Buckets to spare may be further from 0 than any number.
  const farthest = MOST_EXPONENT * 2 ** schema + most;
  const isSide = (head: number) =>
    Number.isInteger(at(head)) &&
    Math.abs(at(head)) <= farthest &&
    isCount(head + 1) &&
    at(head + 1) <= most;
  if (!isSide(NATIVE_POSITIVE) || !isSide(NATIVE_NEGATIVE)) return false;
  const buckets = at(NATIVE_POSITIVE + 1) + at(NATIVE_NEGATIVE + 1);
  const length = NATIVE_HEAD + classic + buckets;
  if (length !== block.length || typeof at(NATIVE_SUM) !== 'number') return false;
  if (at(NATIVE_SIZE) !== length && (at(NATIVE_SIZE) !== 0 || buckets > 0)) return false;
  for (let cell = NATIVE_INFINITE; cell < length; cell++) if (!isCount(cell)) return false;
  return isCount(NATIVE_ZERO);
}

/** The `since` of a kind with native buckets. */
export function nativeSince(
  before: readonly number[],
  now: readonly number[],
  shape: NativeShape,
  classic: number,
): readonly number[] | undefined {
  if (![before, now].every((block) => isNativeBlock(block, shape, classic))) return undefined;
  const all = countsIn(now, 0, shape, classic);
  // If something was counted then and is not now, the thread has reset the block, and all in it is new.
  const since = countsSince(all, countsIn(before, 0, shape, classic)) ?? all;
  if (totalOf(since) === 0) return undefined;
  return blockWith(addCounts(since, noCounts(shape, classic), shape));
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

export function totalOf({
  zero,
  positive,
  negative,
  infinite,
  minusInfinite,
}: NativeCounts): number {
  return zero + infinite + minusInfinite + total(positive.counts) + total(negative.counts);
}
