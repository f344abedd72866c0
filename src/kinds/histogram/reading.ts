import { isListOf } from '../../model.ts';
import { addUpSound, countedSince } from '../claimed-sums.ts';
import type { ReadingKind } from '../kind.ts';
import { ADDED_NATIVE, areNatives, claimedNative } from '../native/claims.ts';
import { isNativeBlock, nativeSince, WHOLE_BLOCK } from '../native/merged-counts.ts';
import { nativeReading } from '../native/native-reading.ts';
import { classicCount, HISTOGRAM_COUNTS, HISTOGRAM_SUM, type HistogramShape } from './shape.ts';
import { histogramReadWith } from './sole-thread.ts';

/** The most buckets that a family of a thread or a record may have. Honest ones have far fewer. */
const MAX_BUCKETS = 65_536;

export const readingHistogram: ReadingKind<HistogramShape> = {
  ...histogramReadWith(addUpSound, () => nativeReading),
  claims: {
    shape({ buckets, native }) {
      const isNative = native !== undefined;
      const claimed = isNative ? claimedNative(native) : undefined;
      if (isNative ? !claimed : !areBounds(buckets)) return undefined;
      if (!areBounds(buckets))
        return isEmpty(buckets) ? { buckets: [], native: claimed } : undefined;
      return { buckets: [...buckets], ...(claimed && { native: claimed }) };
    },
    ofNatives: (claimed) =>
      areNatives(claimed) ? { buckets: [], native: ADDED_NATIVE } : undefined,
    // Observations may be negative, and so may their sum. Native blocks are checked as a whole.
    isCell(value, cell, { native }) {
      if (native) return cell !== WHOLE_BLOCK;
      return cell === HISTOGRAM_SUM ? !Number.isNaN(value) : value >= 0 && value < Infinity;
    },
    // The sum may be anything: observations may be infinite in both directions, and their sum may be NaN.
    isRetained(block, { buckets, native }) {
      if (native) return isNativeBlock(block, native, classicCount(buckets));
      const counts = block.slice(HISTOGRAM_COUNTS);
      const areCounts = counts.every((count) => count >= 0 && Number.isSafeInteger(count));
      return counts.length === buckets.length + 1 && areCounts;
    },
    exemplarRange({ buckets }, bucket) {
      const isBucket = bucket >= 0 && bucket <= buckets.length;
      return isBucket ? [buckets[bucket - 1] ?? -Infinity, buckets[bucket] ?? Infinity] : undefined;
    },
    since: (before, now, { native, buckets }) =>
      native
        ? nativeSince(before, now, native, classicCount(buckets))
        : countedSince(before, now, HISTOGRAM_COUNTS),
  },
};

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

/** Whether it is a list of finite, rising numbers. */
function areBounds(value: unknown): value is number[] {
  if (!isListOf(Number.isFinite, value, MAX_BUCKETS) || value.length === 0) return false;
  return (value as number[]).every((bound, i, all) => i === 0 || bound > all[i - 1]!);
}
