import type { SeriesLabels } from '../../model.ts';
import type { FamilyView } from '../kind.ts';
import type { NativeShape } from './layout.ts';
import { countsOf, totalOf } from './merged-counts.ts';
import { countsIn, type NativeCounts } from './native-counts.ts';
import { countsSince, noCounts } from './native-sums.ts';
import { nativeHistogram } from './native-value.ts';
import { nativeQuantiles } from './quantile.ts';

/** Which quantiles are taken, and over which time. */
export interface Recency {
  readonly quantiles: readonly number[];
  /** Seconds. */
  readonly maxAge: number;
  readonly ageBuckets: number;
}

/** What a series had counted at some time. */
interface Mark {
  /** Seconds since 1970. */
  at: number;
  readonly counts: NativeCounts;
}

/** The marks of each series, the oldest first. */
const marks = new WeakMap<SeriesLabels, Mark[]>();

/**
 * Writes the sum and the number of all observations of each series, and the quantiles of the recent ones. What a
 * series had counted is noted at readings, a step of the time apart at least. If nobody reads for longer than
 * that, the quantiles are those since the reading before.
 */
export function readRecent(
  family: FamilyView,
  shape: NativeShape,
  recency: Recency,
  values: Float64Array,
  from: number,
  to: number,
): void {
  const width = recency.quantiles.length + 2;
  for (let series = from; series < to; series++) {
    const counts = countsOf(family, series, shape, 0);
    values[series * width] = counts.sum;
    values[series * width + 1] = totalOf(counts);
    const recent = nativeHistogram(recentOf(family, series, shape, recency, counts), shape);
    values.set(nativeQuantiles(recency.quantiles, recent), series * width + 2);
  }
}

function recentOf(
  { labelSets, now, retainedBlocks, created }: FamilyView,
  series: number,
  shape: NativeShape,
  { maxAge, ageBuckets }: Recency,
  counts: NativeCounts,
): NativeCounts {
  const labels = labelSets[series]!;
  const retained = retainedBlocks[series];
  // What an earlier process has left is too old.
  const start = retained ? countsIn(retained, 0, shape, 0) : noCounts(shape, 0);
  const known = marks.get(labels) ?? [{ at: now, counts: start }];
  marks.set(labels, known);
  turnBack(known, now);
  // The oldest mark stays as long as the next one is not old enough to take its place.
  while (known.length > 1 && now - known[1]!.at >= maxAge) known.shift();
  // After a reset there may be as many observations again as there were.
  const isOlder = known[0]!.at < created[series]! && created[series]! <= now;
  const recent = isOlder ? undefined : countsSince(counts, known[0]!.counts);
  // The series was reset.
  if (!recent) known.splice(0, known.length, { at: now, counts: noCounts(shape, 0) });
  if (now - known.at(-1)!.at >= maxAge / ageBuckets) known.push({ at: now, counts });
  return recent ?? counts;
}

/** Keeps the distances of the marks from now if the clock was set back. */
function turnBack(known: readonly Mark[], now: number): void {
  const by = known.at(-1)!.at - now;
  if (by > 0) for (const mark of known) mark.at -= by;
}
