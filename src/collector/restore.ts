import { cellsPerSeries } from '../model.ts';
import type { EventLog } from './event-log.ts';
import { decode } from './event-texts.ts';
import type { MergedFamily } from './merged-family.ts';
import type { FamilyTotals, SeriesTable } from './series-table.ts';
import type { TotalsRecord } from './totals-record.ts';

/** Adds what an earlier owner has left. Families appear once somebody registers them. */
export function restore(record: TotalsRecord, table: SeriesTable, events: EventLog): void {
  table.defined = (family) => {
    const { name } = family.definition;
    for (const totals of table.waiting) {
      if (totals.name === name) restoreFamily(table, family, totals);
    }
    table.waiting = table.waiting.filter((totals) => totals.name !== name);
  };
  for (const totals of record.families) {
    const family = table.families.get(totals.name);
    if (family) restoreFamily(table, family, totals);
    else table.waiting.push(totals);
  }
  events.replace(byTime([...record.events, ...events.entries()]));
}

function restoreFamily(table: SeriesTable, family: MergedFamily, totals: FamilyTotals): void {
  const { type, labelNames, buckets } = family.definition;
  // A family that has changed its shape since starts anew: old sums fit no new bucket.
  const now = JSON.stringify([type, labelNames, buckets]);
  if (now !== JSON.stringify([totals.type, totals.labelNames, totals.buckets])) return;
  for (const [labelValues, overflow, values] of totals.series) {
    if (values.length !== cellsPerSeries(family.definition)) continue;
    family.retain(table.series(family, labelValues, overflow), values);
  }
}

/** The events of earlier owners before those of this one, unless they are later. */
function byTime(entries: readonly string[]): string[] {
  const timed = entries.map((entry) => ({ entry, at: decode(entry).timestamp }));
  return timed.sort((a, b) => a.at - b.at).map(({ entry }) => entry);
}
