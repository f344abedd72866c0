import type { FamilyTotals } from './series-table.ts';

/** What survives a restart. */
export interface TotalsRecord {
  readonly families: readonly FamilyTotals[];
  /** Encoded as in the event log. */
  readonly events: readonly string[];
}

const FORMAT = 1;

/** JSON in UTF-8; a number that JSON lacks is written as its name. */
export function encodeTotals(record: TotalsRecord): Uint8Array {
  const text = JSON.stringify({ format: FORMAT, ...record }, (_, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return new TextEncoder().encode(text);
}

/** @throws Error when the bytes are not such a record */
export function decodeTotals(bytes: Uint8Array): TotalsRecord {
  const { format, families, events } = JSON.parse(new TextDecoder().decode(bytes));
  if (format !== FORMAT || !Array.isArray(families) || !Array.isArray(events)) {
    throw new Error(`totals of format ${format} cannot be read by this version`);
  }
  return {
    families: families.map((family: FamilyTotals) => ({
      ...family,
      series: family.series.map(([values, overflow, totals]) => [
        values,
        overflow,
        totals.map(Number),
      ]),
    })),
    events,
  };
}
