import type { FamilyTotals, SeriesTotals } from './series-table.ts';

/** What survives a restart. */
export interface TotalsRecord {
  /** As in `CollectorConfig`. */
  readonly session: string;
  readonly generation: number;
  readonly families: readonly FamilyTotals[];
  /** Encoded as in the event log. */
  readonly events: readonly string[];
}

// When this changes, so must the version of the storage's envelope: that is where records of a
// later version are set aside.
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
  const record = JSON.parse(new TextDecoder().decode(bytes));
  const { format, session, generation, families, events } = record;
  if (format !== FORMAT || !Array.isArray(families) || !Array.isArray(events)) {
    throw new Error(`totals of format ${format} cannot be read by this version`);
  }
  const numbers = ([labelValues, overflow, totals, withoutOwner]: SeriesTotals): SeriesTotals => [
    labelValues,
    overflow,
    totals.map(Number),
    withoutOwner.map(Number),
  ];
  return {
    session,
    generation,
    families: families.map((family: FamilyTotals) => ({
      ...family,
      series: family.series.map(numbers),
    })),
    events,
  };
}

/**
 * The records as they may be added up. When a worker fails, the next one reads the cells of the
 * same owner from the start: of all but the last record of a session, what the owner's thread held
 * would be counted twice.
 */
export function withoutRepeats(records: readonly TotalsRecord[]): TotalsRecord[] {
  const isLast = ({ session, generation }: TotalsRecord) =>
    !records.some((other) => other.session === session && other.generation > generation);
  return records.map((record) => (isLast(record) ? record : withoutOwner(record)));
}

function withoutOwner(record: TotalsRecord): TotalsRecord {
  const families = record.families.map((family) => ({
    ...family,
    series: family.series.map(
      ([labelValues, overflow, , rest]): SeriesTotals => [labelValues, overflow, rest, rest],
    ),
  }));
  return { ...record, families };
}
