import { isListOf } from '../../model.ts';
import { addUpSound, countedSince } from '../claimed-sums.ts';
import type { ReadingKind } from '../kind.ts';
import { HISTOGRAM_COUNTS, HISTOGRAM_SUM, type HistogramShape } from './shape.ts';
import { soleThreadHistogram } from './sole-thread.ts';

/** The most buckets that a family of a thread or a record may have. Honest ones have far fewer. */
const MAX_BUCKETS = 65_536;

export const readingHistogram: ReadingKind<HistogramShape> = {
  ...soleThreadHistogram,
  read: addUpSound,
  claims: {
    shape: ({ buckets }) => (areBounds(buckets) ? { buckets: [...buckets] } : undefined),
    // Observations may be negative, and so may their sum.
    isCell: (value, cell) =>
      cell === HISTOGRAM_SUM ? !Number.isNaN(value) : value >= 0 && value < Infinity,
    // The sum may be anything: observations may be infinite in both directions, and their sum may be NaN.
    isRetained: (block) =>
      block.slice(HISTOGRAM_COUNTS).every((count) => count >= 0 && Number.isSafeInteger(count)),
    since: (before, now) => countedSince(before, now, HISTOGRAM_COUNTS),
  },
};

/** Whether it is a list of finite, rising numbers. */
function areBounds(value: unknown): value is number[] {
  if (!isListOf(Number.isFinite, value, MAX_BUCKETS) || value.length === 0) return false;
  return (value as number[]).every((bound, i, all) => i === 0 || bound > all[i - 1]!);
}
