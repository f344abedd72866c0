import { RankFinder } from './fraction.ts';

/** Buckets of a classic histogram: cumulative counts, and the upper bounds that they belong to. */
export interface ClassicBucket {
  readonly upper: number;
  readonly count: number;
}

/** Where counts were smaller than that of a lower bucket, and so were raised. */
export interface Forced {
  readonly minBucket: number;
  readonly maxBucket: number;
  /** The greatest amount that a count was raised by. */
  readonly maxDiff: number;
}

/** Smaller differences than this part come from rounding. */
const TOLERANCE = 1e-12;

/**
 * Estimates a quantile. Observations are taken to be spread evenly over each bucket.
 * @param buckets in any order, at least one
 * @param onForced is told if the counts were no cumulative ones
 * @returns NaN without observations, or if the highest bucket does not end at `+Inf`
 */
export function classicQuantile(
  q: number,
  buckets: readonly ClassicBucket[],
  onForced: (forced: Forced) => void,
): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const ordered = ascending(buckets);
  if (!ordered) return Number.NaN;
  const { uppers, counts } = ordered;
  forceAscending(uppers, counts, onForced);
  const last = counts.length - 1;
  const rank = q * counts[last]!;
  if (last < 1 || counts[last] === 0) return Number.NaN;
  // With NaN among the counts no bucket may be found; the last one counts then.
  let found = 0;
  let end = last;
  while (found < end) {
    const middle = (found + end) >>> 1;
    if (counts[middle]! >= rank) end = middle;
    else found = middle + 1;
  }
  if (found === last) return uppers[last - 1]!;
  if (found === 0 && uppers[0]! <= 0) return uppers[0]!;
  const start = found > 0 ? uppers[found - 1]! : 0;
  const below = found > 0 ? counts[found - 1]! : 0;
  return start + (uppers[found]! - start) * ((rank - below) / (counts[found]! - below));
}

/**
 * Estimates which part of the observations lies between two values, from 0 to 1.
 * @param buckets in any order, at least one
 * @returns NaN without observations, or if the highest bucket does not end at `+Inf`
 */
export function classicFraction(
  lower: number,
  upper: number,
  buckets: readonly ClassicBucket[],
): number {
  const ordered = ascending(buckets);
  if (!ordered) return Number.NaN;
  const { uppers, counts } = ordered;
  const all = counts.at(-1)!;
  if (all === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const ends = new RankFinder(lower, upper);
  let before = 0;
  let start = uppers[0]! > 0 ? 0 : -Infinity;
  uppers.forEach((end, i) => {
    const count = counts[i]!;
    ends.pass(start, end, before, (value) => {
      if (start === -Infinity) return count;
      return before + ((count - before) * (value - start)) / (end - start);
    });
    before = count;
    start = end;
  });
  return ends.between(all) / all;
}

/** Sorts buckets, and adds up those with the same bound. Returns nothing if `+Inf` is not among them. */
function ascending(
  buckets: readonly ClassicBucket[],
): { uppers: number[]; counts: number[] } | undefined {
  const uppers: number[] = [];
  const counts: number[] = [];
  for (const { upper, count } of [...buckets].sort((one, other) => one.upper - other.upper || 0)) {
    if (uppers.at(-1) === upper) counts[counts.length - 1]! += count;
    else {
      uppers.push(upper);
      counts.push(count);
    }
  }
  return uppers.at(-1) === Infinity ? { uppers, counts } : undefined;
}

/** Raises counts that are smaller than that of the bucket below. */
function forceAscending(
  uppers: readonly number[],
  counts: number[],
  onForced: (forced: Forced) => void,
): void {
  let minBucket = Infinity;
  let maxBucket = -Infinity;
  let maxDiff = 0;
  let before = counts[0]!;
  for (let i = 1; i < counts.length; i++) {
    const count = counts[i]!;
    if (!almostEqual(before, count)) {
      if (!(count < before)) {
        before = count;
        continue;
      }
      minBucket = Math.min(minBucket, uppers[i]!);
      maxBucket = Math.max(maxBucket, uppers[i]!);
      maxDiff = Math.max(maxDiff, before - count);
    }
    counts[i] = before;
  }
  if (minBucket <= maxBucket) onForced({ minBucket, maxBucket, maxDiff });
}

/** The smallest number that has all its bits. */
const MIN_NORMAL = 2.2250738585072014e-308;

function almostEqual(one: number, other: number): boolean {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return true;
  const size = Math.abs(one) + Math.abs(other);
  const difference = Math.abs(one - other);
  if (one === 0 || other === 0 || size < MIN_NORMAL) return difference < TOLERANCE * MIN_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < TOLERANCE;
}
