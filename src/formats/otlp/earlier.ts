import type { MetricFamily, SeriesLabels, Snapshot } from '../../model.ts';
import { type Microseconds, microseconds } from './times.ts';

/** How many series are looked at before the thread may do something else. */
const STEP = 16_384;

/** What the snapshot before had of a family. */
export interface Earlier {
  readonly family: MetricFamily;
  /** Returns where a series of the family was in that snapshot; -1 if it was not, or has begun anew since. */
  at(item: number): number;
}

/** The snapshot before. */
export interface EarlierSnapshot {
  readonly time: Microseconds;
  /** Finds a family, in parts. */
  family(family: MetricFamily): Generator<void, Earlier | undefined>;
}

export function earlierSnapshot({ timestamp, families }: Snapshot): EarlierSnapshot {
  const byName = new Map(families.map((family) => [family.name, family]));
  return {
    time: microseconds(timestamp),
    *family(family) {
      const before = byName.get(family.name);
      if (!before || !isLike(family, before)) return undefined;
      const moved = yield* movedSeries(family.series, before.series);
      return { family: before, at: (item) => earlierItem(item, family, before, moved) };
    },
  };
}

/** Whether the numbers of a series mean the same in both. */
function isLike(family: MetricFamily, before: MetricFamily): boolean {
  if (family.type !== before.type || family.data !== before.data) return false;
  if (family.data !== 'buckets' || before.data !== 'buckets') return true;
  const { buckets } = before;
  return (
    !family.natives === !before.natives &&
    family.buckets.length === buckets.length &&
    family.buckets.every((bound, i) => bound === buckets[i])
  );
}

/** Returns where the series were that are not at the same place any more. Most are. */
function* movedSeries(
  series: readonly SeriesLabels[],
  before: readonly SeriesLabels[],
): Generator<void, ReadonlyMap<SeriesLabels, number>> {
  const moved = new Map<SeriesLabels, number>();
  if (series === before) return moved;
  for (let i = 0; i < before.length; i++) {
    if (i % STEP === 0) yield;
    if (before[i] !== series[i]) moved.set(before[i]!, i);
  }
  return moved;
}

function earlierItem(
  item: number,
  { series, created }: MetricFamily,
  before: MetricFamily,
  moved: ReadonlyMap<SeriesLabels, number>,
): number {
  const one = series[item]!;
  const at = before.series[item] === one ? item : (moved.get(one) ?? -1);
  const since = before.created?.[at] ?? 0;
  // The time may become an earlier one, since another thread may say so. It becomes a later one only if the
  // series begins anew.
  return since > 0 && (created?.[item] ?? 0) > since ? -1 : at;
}
