import type { EventLog } from '../events/event-log.ts';
import { decode } from '../events/event-reader.ts';
import type { FamilyDefinition } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import { keepWithinLimits } from './left-series.ts';
import { MergedFamily } from './merged-family.ts';
import type { FamilyTotals, SeriesTable, SeriesTotals } from './series-table.ts';
import type { TotalsRecord } from './totals-record.ts';

/** How many families may wait for somebody to register them: those that somebody recorded last. */
const MAX_WAITING = 1000;
/** A clock that shows an earlier time was never set. Seconds since 1970: 14 July 2017. */
const EARLIEST = 1.5e9;

/**
 * Adds what an earlier owner, or the collector before this one, has left. Families appear once somebody
 * registers them.
 * @param now seconds since 1970
 * @param maxAge given for an earlier owner: what nobody has recorded for more seconds is forgotten
 */
export function restore(
  record: TotalsRecord,
  table: SeriesTable,
  events: EventLog,
  now = currentTime() / 1000,
  maxAge?: number,
): void {
  table.adopt = (definition) => adopt(table, definition);
  const known = (at: number | undefined) => (at !== undefined && at > EARLIEST ? at : now);
  const leftAt = ([, , , at]: SeriesTotals) => known(at ?? record.at);
  for (const totals of record.families) {
    const series = totals.series.filter((one) => now - leftAt(one) <= (maxAge ?? Infinity));
    const family = series.length > 0 && familyOf(table, totals);
    if (!family) continue;
    for (const one of series) {
      // Earlier versions did not say since when a series counts. Then nobody knows.
      const [labelValues, overflow, values, , created = 0, exemplars = []] = one;
      const series = family.series(labelValues, overflow, Infinity);
      // The clock of that time may have been ahead of ours.
      family.retain(series, values, leftAt(one), Math.min(created, now));
      for (const kept of exemplars) family.exemplars.add(family.labelsOf(series), ...kept, now);
    }
    // What the collector before this one had is not limited: threads that are about to follow record it.
    if (maxAge !== undefined) keepWithinLimits(table, family);
  }
  table.waiting = latest(table.waiting);
  const restored = new Set([...record.events, ...events.restored]);
  events.replace(byTime([...record.events, ...events.entries()]));
  events.restored = new Set(events.entries().filter((entry) => restored.has(entry)));
}

/** Returns the family to which the totals belong; `undefined` if it has changed its shape since. */
function familyOf(table: SeriesTable, totals: FamilyTotals): MergedFamily | undefined {
  const { name, type, labelNames, shape } = totals;
  const kind = table.kinds.get(type);
  if (!kind?.retain) return undefined;
  const definition: FamilyDefinition = {
    ...{ name, type, labelNames, shape },
    ...{ description: '', unit: '', labels: {} },
  };
  const registered = table.families.get(name);
  // Old sums do not fit into new buckets.
  if (registered) return sameCells(registered.definition, definition) ? registered : undefined;
  const waits = table.waiting.find((family) => sameCells(family.definition, definition));
  if (waits) return waits;
  const family = new MergedFamily(definition, kind);
  table.waiting.push(family);
  return family;
}

/**
 * Returns the family that has waited for the definition. Others of that name had another shape: they are
 * forgotten, and the family starts anew.
 */
function adopt(table: SeriesTable, definition: FamilyDefinition): MergedFamily | undefined {
  const waited = table.waiting.find((family) => sameCells(family.definition, definition));
  table.waiting = table.waiting.filter((family) => family.definition.name !== definition.name);
  if (waited) waited.definition = definition;
  return waited;
}

function sameCells(a: FamilyDefinition, b: FamilyDefinition): boolean {
  const cells = ({ type, labelNames, shape }: FamilyDefinition) =>
    jsonText([type, labelNames, shape]);
  return a.name === b.name && cells(a) === cells(b);
}

function latest(waiting: MergedFamily[]): MergedFamily[] {
  if (waiting.length <= MAX_WAITING) return waiting;
  const leftAt = (family: MergedFamily) =>
    family.retained().reduce((last, [, , at = 0]) => Math.max(last, at), 0);
  const ages = waiting.map((family) => ({ family, at: leftAt(family) }));
  ages.sort((a, b) => b.at - a.at);
  return ages.slice(0, MAX_WAITING).map(({ family }) => family);
}

/** Sorts the events of earlier owners before those of this one, unless they are later. */
function byTime(entries: readonly string[]): string[] {
  const timed = entries.map((entry) => ({ entry, at: decode(entry).timestamp }));
  return timed.sort((a, b) => a.at - b.at).map(({ entry }) => entry);
}
