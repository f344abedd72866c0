import type { ReadingKind } from '../kind.ts';
import { isNativeBlock, nativeSince, WHOLE_BLOCK } from '../native/merged-counts.ts';
import { nativeReading } from '../native/native-reading.ts';
import { areQuantiles, SUMMARY_BUCKETS, type SummaryShape } from './shape.ts';
import { summaryReadWith } from './sole-thread.ts';

/** The most that a family of a thread or a record may have. */
const MAX_AGES = 1000;

export const readingSummary: ReadingKind<SummaryShape> = {
  ...summaryReadWith(() => nativeReading),
  claims: {
    shape({ quantiles, maxAge, ageBuckets }) {
      const isAge = typeof maxAge === 'number' && maxAge > 0 && maxAge < Infinity;
      const isSteps = Number.isInteger(ageBuckets) && (ageBuckets as number) > 0;
      if (!areQuantiles(quantiles) || !isAge || !isSteps || (ageBuckets as number) > MAX_AGES) {
        return undefined;
      }
      return { quantiles: [...quantiles], maxAge, ageBuckets: ageBuckets as number };
    },
    // Blocks are checked as a whole.
    isCell: (_, cell) => cell !== WHOLE_BLOCK,
    isRetained: (block) => isNativeBlock(block, SUMMARY_BUCKETS, 0),
    since: (before, now) => nativeSince(before, now, SUMMARY_BUCKETS, 0),
  },
};
