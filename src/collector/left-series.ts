import { OVERFLOW_LABEL, type SeriesLabels } from '../model.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';

/** So many families that no thread has any more keep their totals: the latest ones. */
const MAX_LEFT = 1000;

export function isOverflowSeries({ labelNames }: SeriesLabels): boolean {
  return labelNames[0] === OVERFLOW_LABEL;
}

/**
 * Gives what nobody records any more as much room as what somebody does. The oldest series beyond that become
 * part of the overflow, so that the total of their family does not fall. The oldest families go.
 */
export function keepWithinLimits(table: SeriesTable, family: MergedFamily): void {
  const limit = table.limitOf(family);
  if (family.left.size > limit) foldOldest(family, limit);
  if (table.families.size <= MAX_LEFT) return;
  const left = [...table.families.values()].filter((other) => table.isLeft(other));
  for (const oldest of left.slice(0, -MAX_LEFT)) table.delete(oldest);
}

function foldOldest(family: MergedFamily, limit: number): void {
  const left = family
    .retained()
    .filter(([labels]) => family.left.has(labels) && !isOverflowSeries(labels));
  left.sort(([, , a], [, , b]) => b! - a!);
  for (const [{ labelValues }, values, at, created] of left.slice(limit)) {
    family.delete(labelValues);
    family.retain(family.series([], true, limit), values, at, created);
  }
}

/** Returns which of the series in `read` nobody records any more, by their indexes, and since when. */
export function leftAmong(
  family: MergedFamily,
  read: readonly SeriesLabels[],
): [index: number, leftAt: number][] {
  return [...family.left].flatMap(([labels, at]) => {
    const index = family.find(labels.labelValues, isOverflowSeries(labels));
    return index !== undefined && read[index] === labels ? [[index, at]] : [];
  });
}
