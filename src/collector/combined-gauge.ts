import type { FamilyDefinition } from '../model.ts';
import { GAUGE_TIME } from '../pages/layout.ts';
import { readCell } from '../pages/thread-reader.ts';
import type { MergedFamily, ReadSeries } from './merged-family.ts';

/** How the series of a family are read, unless what threads have of them is just added up. */
export function combinedReading({ type, combine }: FamilyDefinition): ReadSeries | undefined {
  return type === 'gauge' && combine !== 'sum' ? combined : undefined;
}

/** A gauge over all threads: one that never set it does not count, and it is 0 where none has. */
function combined(family: MergedFamily, series: number): number {
  const { combine } = family.definition;
  // RACE: the time first: the writer stores it after the value, so that the value read here is at
  // least as new as the time.
  const set = [...family.threads]
    .flatMap((blocks) =>
      blocks.of(series, family.isOverflow(series)).map((address) => ({
        time: readCell(blocks.reader, address, GAUGE_TIME),
        value: readCell(blocks.reader, address, 0),
      })),
    )
    .filter(({ time }) => time > 0);
  if (set.length === 0) return 0;
  const values = set.map(({ value }) => value);
  if (combine === 'min' || combine === 'max') return Math[combine](...values);
  if (combine === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return set.reduce((last, next) => (next.time > last.time ? next : last)).value;
}
