import type { ReadingKind } from '../kind.ts';
import { loadedReading, type NativeReading } from '../native/reading-code.ts';
import { sumOf } from '../sums.ts';
import { SUMMARY_BUCKETS, type SummaryShape, summaryKind } from './shape.ts';

export const soleThreadSummary = summaryReadWith(() => loadedReading);

/** @param natives reads the buckets */
export function summaryReadWith(
  natives: () => NativeReading | undefined,
): ReadingKind<SummaryShape> {
  return {
    ...summaryKind,
    data: ({ quantiles }) => ({ data: 'quantiles', quantiles }),
    read: (family, values, _, from, to) =>
      natives()?.readRecent(family, SUMMARY_BUCKETS, family.definition.shape, values, from, to),
    retain: (before, block) =>
      natives()?.retain(before, block, SUMMARY_BUCKETS, 0) ?? sumOf(before, block),
    merge: (family, series) => natives()?.merge(family, series, SUMMARY_BUCKETS, 0),
  };
}
