import { upperBound } from './bounds.ts';
import { lostAfter } from './compensated.ts';
import type { Buckets } from './float-histogram.ts';

/** The buckets of one sign. */
export interface Side extends Buckets {
  /** What rounding has lost of each count so far. Absent if nothing. */
  readonly lost?: readonly number[] | undefined;
}

/** A side that is being made. */
export interface OpenSide extends Side {
  readonly indices: number[];
  readonly counts: number[];
  readonly lost: number[];
}

const openSide = (): OpenSide => ({ indices: [], counts: [], lost: [] });

/** Returns empty buckets with the numbers from 0 up to `length`. */
export function emptySide(length: number): OpenSide {
  const side = openSide();
  for (let index = 0; index < length; index++) append(side, index, 0, 0);
  return side;
}

function append({ indices, counts, lost }: OpenSide, index: number, count: number, lack: number) {
  indices.push(index);
  counts.push(count);
  lost.push(lack);
}

/** Adds to the count of bucket `i` of those that are there. */
export function addTo({ counts, lost }: OpenSide, i: number, value: number): void {
  const sum = counts[i]!;
  const total = sum + value;
  lost[i] = lostAfter(sum, value, total, lost[i]!);
  counts[i] = total;
}

/** Returns the buckets that `keeps` says, from each one's number, count and loss. */
function filtered(
  { indices, counts, lost }: Side,
  keeps: (index: number, count: number, lack: number) => boolean,
): Side {
  const result = openSide();
  for (let i = 0; i < indices.length; i++) {
    const lack = lost?.[i] ?? 0;
    if (keeps(indices[i]!, counts[i]!, lack)) append(result, indices[i]!, counts[i]!, lack);
  }
  return result;
}

/** Leaves out buckets that are empty and have lost nothing. */
export function withoutEmpty(side: Side): Side {
  return filtered(side, (_, count, lack) => count !== 0 || lack !== 0);
}

/** Leaves out buckets that are empty, and those that begin within the zero bucket. */
export function beyond(side: Side, schema: number, threshold: number): Side {
  return filtered(
    side,
    (index, count, lack) =>
      (count !== 0 || lack !== 0) && upperBound(index - 1, schema) >= threshold,
  );
}

/** Returns the buckets as they are at a schema that is so many steps lower. */
export function lowered(side: Side, steps: number): Side {
  if (steps === 0) return side;
  const result = openSide();
  for (let i = 0; i < side.indices.length; i++) {
    const index = ((side.indices[i]! - 1) >> steps) + 1;
    const last = result.indices.length - 1;
    const lack = side.lost?.[i] ?? 0;
    if (result.indices[last] === index) {
      addTo(result, last, side.counts[i]!);
      addTo(result, last, lack);
    } else append(result, index, side.counts[i]!, lack);
  }
  return result;
}

/**
 * Adds up buckets of the same schema.
 * @param sign 1, or -1 to subtract
 * @param threshold the first buckets of `other` that end here or before are left out
 */
export function merged(
  one: Side,
  other: Side,
  sign: number,
  schema: number,
  threshold: number,
): Side {
  let j = 0;
  while (j < other.indices.length && within(other.indices[j]!, schema, threshold)) j++;
  if (j === other.indices.length) return one;
  if (j === 0 && sameNumbers(one.indices, other.indices)) return mergedPairs(one, other, sign);
  const result = openSide();
  let i = 0;
  const takeOne = () => {
    append(result, one.indices[i]!, one.counts[i]!, one.lost?.[i] ?? 0);
    i++;
  };
  for (; j < other.indices.length; j++) {
    const index = other.indices[j]!;
    const count = sign * other.counts[j]!;
    const lack = sign * (other.lost?.[j] ?? 0);
    while (i < one.indices.length && one.indices[i]! < index) takeOne();
    if (one.indices[i] === index) {
      const last = result.indices.length;
      takeOne();
      addTo(result, last, count);
      if (lack !== 0) addTo(result, last, lack);
    } else append(result, index, count, lack);
  }
  while (i < one.indices.length) takeOne();
  return result;
}

/** As `merged`, where both have the same buckets: mostly so, and quicker. */
function mergedPairs(one: Side, other: Side, sign: number): Side {
  const { indices } = one;
  const result: OpenSide = { indices: indices as number[], counts: [...one.counts], lost: [] };
  for (let i = 0; i < indices.length; i++) {
    result.lost.push(one.lost?.[i] ?? 0);
    addTo(result, i, sign * other.counts[i]!);
    const lack = other.lost?.[i];
    if (lack) addTo(result, i, sign * lack);
  }
  return result;
}

/** Whether two lists of numbers are the same. Histograms of one series mostly share them. */
export function sameNumbers(one: readonly number[], other: readonly number[]): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Whether a bucket lies within the zero bucket. Histograms with custom bounds have none. */
function within(index: number, schema: number, threshold: number): boolean {
  return threshold > 0 && upperBound(index, schema) <= threshold;
}
