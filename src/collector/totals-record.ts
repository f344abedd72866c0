import { type Erasure, OVERFLOW_LABEL, type SeriesLabels } from '../model.ts';
import type { MergedFamily } from './merged-family.ts';
import type { FamilyTotals, SeriesTotals } from './series-table.ts';

/** What survives a restart. */
export interface TotalsRecord {
  readonly families: readonly FamilyTotals[];
  /** Encoded as in the event log. */
  readonly events: readonly string[];
}

// When this changes, so must the version of the storage's envelope: that is where records of a
// later version are set aside.
const FORMAT = 1;

/** What is in no thread's cells. */
export function retainedTotals(families: readonly MergedFamily[]): FamilyTotals[] {
  return families.flatMap((family): FamilyTotals[] => {
    const { name, type, labelNames, buckets } = family.definition;
    if (type === 'gauge') return [];
    const series = family
      .retained()
      .map(
        ([labels, totals]): SeriesTotals => [labels.labelValues, isOverflowSeries(labels), totals],
      );
    return series.length > 0 ? [{ name, type, labelNames, buckets, series }] : [];
  });
}

export function isOverflowSeries({ labelNames }: SeriesLabels): boolean {
  return labelNames[0] === OVERFLOW_LABEL;
}

/** JSON in UTF-8; where a series has numbers that JSON lacks, all of it are written as strings. */
export function encodeTotals(record: TotalsRecord): Uint8Array<ArrayBuffer> {
  const families = withTotals(record.families, (totals) =>
    totals.every(Number.isFinite) ? totals : (totals.map(String) as unknown as number[]),
  );
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...record, families }));
}

/** @throws Error when the bytes are not such a record */
export function decodeTotals<T extends TotalsRecord>(bytes: Uint8Array): T {
  const record = JSON.parse(new TextDecoder().decode(bytes));
  const { format, families, events } = record;
  if (format !== FORMAT || !Array.isArray(families) || !Array.isArray(events)) {
    throw new Error(`totals of format ${format} cannot be read by this version`);
  }
  return { ...record, families: withTotals(families, (totals) => totals.map(Number)) };
}

function withTotals(
  families: readonly FamilyTotals[],
  convert: (totals: readonly number[]) => readonly number[],
): FamilyTotals[] {
  const converted = ([labelValues, overflow, totals]: SeriesTotals): SeriesTotals => [
    labelValues,
    overflow,
    convert(totals),
  ];
  return families.map((family) => ({ ...family, series: family.series.map(converted) }));
}

/** The record less what the application has reset or removed. */
export function withoutErased(record: TotalsRecord, erasures: readonly Erasure[]): TotalsRecord {
  return erasures.reduce((left, { what, family, labelValues }) => {
    if (family === undefined) return { families: [], events: what === 'reset' ? [] : left.events };
    const values = JSON.stringify(labelValues);
    return {
      events: left.events,
      families: left.families.flatMap((totals) => {
        if (totals.name !== family) return [totals];
        if (!labelValues) return [];
        return [
          { ...totals, series: totals.series.filter(([own]) => JSON.stringify(own) !== values) },
        ];
      }),
    };
  }, record);
}
