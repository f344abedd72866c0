import { isListOf } from '../../model.ts';
import type { CollectedKind } from '../collected-kind.ts';
import { BoundClassic } from './recording.ts';
import { HISTOGRAM_COUNTS, HISTOGRAM_SUM, type HistogramShape } from './shape.ts';

/** The cells of a block, as its source has counted. */
export const collectedHistogram: CollectedKind<readonly number[]> = {
  series: BoundClassic,
  demand:
    '{ buckets: [{ le, count }], sum, labels } for each series, with cumulative counts and the bounds of the metric, +Inf last',
  read({ shape }, { buckets, sum }) {
    const bounds = (shape as Partial<HistogramShape>).buckets;
    if (!bounds || typeof sum !== 'number' || !isListOf(isBucket, buckets)) return undefined;
    const counts = (buckets as Bucket[]).map(({ count }) => count);
    const hasBounds =
      counts.length === bounds.length + 1 &&
      (buckets as Bucket[]).every(({ le }, i) => le === (bounds[i] ?? Infinity));
    const each = counts.map((count, i) => count - (counts[i - 1] ?? 0));
    return hasBounds && each.every((count) => count >= 0) ? [sum, ...each] : undefined;
  },
  together: (one, other) => one.map((value, i) => value + other[i]!),
  write(series: BoundClassic, block) {
    const { cells, index } = series;
    // The source has started anew, and so does the series.
    const hasFallen = block.some((count, i) => i >= HISTOGRAM_COUNTS && count < cells[index + i]!);
    if (hasFallen) series.reset();
    // RACE: a reader may see some of these cells as before. Its count is the sum of the buckets all the same.
    for (let i = HISTOGRAM_COUNTS; i < block.length; i++) cells[index + i] = block[i]!;
    cells[index + HISTOGRAM_SUM] = block[HISTOGRAM_SUM]!;
  },
};

interface Bucket {
  readonly le: number;
  readonly count: number;
}

function isBucket(value: unknown): boolean {
  const { le, count } = (value ?? {}) as Partial<Bucket>;
  return typeof le === 'number' && Number.isSafeInteger(count);
}
