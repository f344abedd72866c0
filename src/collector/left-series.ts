import { OVERFLOW_LABEL, type SeriesLabels } from '../model.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';

/** Families that no thread has any more, of which the totals are kept: the latest. */
const MAX_LEFT = 1000;

export function isOverflowSeries({ labelNames }: SeriesLabels): boolean {
  return labelNames[0] === OVERFLOW_LABEL;
}

/**
 * What nobody records any more takes as much room as what somebody does: the oldest series beyond that
 * become part of the overflow, so that the total of their family does not fall, and the oldest families
 * go.
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
  for (const [{ labelValues }, values, at] of left.slice(limit)) {
    family.delete(labelValues);
    family.retain(family.series([], true, limit), values, at);
  }
}

/** Of series as they were read: where in that list are those that nobody records, and since when. */
export function leftAmong(
  family: MergedFamily,
  read: readonly SeriesLabels[],
): [index: number, leftAt: number][] {
  return [...family.left].flatMap(([labels, at]) => {
    const index = family.find(labels.labelValues, isOverflowSeries(labels));
    return index !== undefined && read[index] === labels ? [[index, at]] : [];
  });
}
