import { type Erasure, textOf } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { PartStates } from '../protocol/handover.ts';
import {
  type KeptExemplar,
  MAX_KEPT_EXEMPLARS,
  type WrittenExemplar,
  writtenExemplars,
} from './kept-exemplars.ts';
import { isOverflowSeries } from './left-series.ts';
import type { MergedFamily } from './merged-family.ts';
import { type FamilyTotals, seriesTotals } from './series-table.ts';

/** What survives a restart. */
export interface TotalsRecord {
  /** When it was written: seconds since 1970. Absent in records of versions that did not say. */
  readonly at?: number | undefined;
  readonly families: readonly FamilyTotals[];
  /** Encoded as in the event log. */
  readonly events: readonly string[];
  /** What the parts of features keep. */
  readonly states?: PartStates | undefined;
}

// When this changes, so must the version of the storage's envelope: by that, records of a later version are
// set aside.
const FORMAT = 1;

/** Returns the totals that are in no thread's cells. */
export function retainedTotals(families: readonly MergedFamily[]): FamilyTotals[] {
  return families.flatMap((family): FamilyTotals[] => {
    if (!family.kind.retain) return [];
    const { name, type, labelNames, shape } = family.definition;
    const latest = family.exemplars.latest(MAX_KEPT_EXEMPLARS);
    const series = family
      .retained()
      .map(([labels, totals, leftAt, created]) =>
        seriesTotals(
          labels.labelValues,
          isOverflowSeries(labels),
          totals,
          leftAt,
          created,
          latest.has(labels) ? family.exemplars.of(labels) : undefined,
        ),
      );
    return series.length > 0 ? [{ name, type, labelNames, shape, series }] : [];
  });
}

/** How a series is written. Numbers that JSON lacks are texts. Older versions do not know `created`. */
export type WrittenSeries = readonly [
  labelValues: readonly string[],
  overflow: boolean,
  totals: readonly (number | string)[],
  /** 0 if that is not known. */
  created?: number,
];

/** How a family is written. Older versions know neither `shape` nor `left`, and read the rest. */
export interface WrittenFamily extends Omit<FamilyTotals, 'series'> {
  readonly series: readonly WrittenSeries[];
  /** Older versions look for it in every family. They would drop one without it. */
  readonly buckets: readonly unknown[];
  /** When series were left. This is not in `series`, since it is known of very few. */
  readonly left?: readonly (readonly [index: number, leftAt: number])[] | undefined;
  /** Some of the exemplars. Older versions do not know them. */
  readonly exemplars?: readonly WrittenExemplar[] | undefined;
}

/** Returns what a record says of a family before its series. */
export function writtenHead(
  family: Omit<FamilyTotals, 'series'>,
): Omit<WrittenFamily, 'series' | 'left' | 'exemplars'> {
  const { name, type, labelNames, shape } = family;
  const { buckets = [] } = shape as { buckets?: readonly unknown[] };
  return { name, type, labelNames, buckets, shape };
}

/** Encodes a record as JSON in UTF-8. Numbers that JSON lacks are written as strings. */
export function encodeTotals(record: TotalsRecord): Uint8Array<ArrayBuffer> {
  const families = record.families.map((family): WrittenFamily => {
    const left = family.series.flatMap(([, , , at], i) =>
      at === undefined ? [] : [[i, at] as const],
    );
    const series = family.series.map(
      ([labelValues, overflow, totals, , created = 0]): WrittenSeries => [
        labelValues,
        overflow,
        totals.map((total) => (Number.isFinite(total) ? total : String(total))),
        created,
      ],
    );
    const exemplars = family.series.flatMap(([, , , , , some = []], i) =>
      writtenExemplars(i, some),
    );
    return {
      ...writtenHead(family),
      ...(left.length > 0 && { left }),
      ...(exemplars.length > 0 && { exemplars }),
      series,
    };
  });
  return new TextEncoder().encode(jsonText({ format: FORMAT, ...record, families }));
}

/**
 * Decodes what this package has just written.
 * @throws Error when the bytes are not such a record
 */
export function decodeTotals<T extends TotalsRecord>(bytes: Uint8Array): T {
  const record = parseTotals(bytes) as unknown as T;
  return { ...record, families: (record.families as WrittenFamily[]).map(decodeFamily) };
}

/**
 * Parses a record. All that is known of the result is that it has lists.
 * @throws Error when it has none
 */
export function parseTotals(bytes: Uint8Array): {
  families: unknown[];
  events: unknown[];
  at?: unknown;
  states?: unknown;
} {
  const record = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  const { format, families, events } = record;
  if (format !== FORMAT || !Array.isArray(families) || !Array.isArray(events)) {
    throw new Error(`totals of format ${textOf(format)} cannot be read by this version`);
  }
  return record;
}

function decodeFamily({ left, exemplars, buckets: _, ...family }: WrittenFamily): FamilyTotals {
  const leftAt = new Map(left);
  const examples = new Map<number, KeptExemplar[]>();
  for (const [i, bucket, labels, value, timestamp] of exemplars ?? []) {
    const one: KeptExemplar = [bucket, { labels, value: Number(value), timestamp }];
    examples.set(i, [...(examples.get(i) ?? []), one]);
  }
  const series = family.series.map(([labelValues, overflow, totals, created], i) =>
    seriesTotals(
      labelValues,
      overflow,
      totals.map(Number),
      leftAt.get(i),
      created,
      examples.get(i),
    ),
  );
  return { ...family, series };
}

/** Returns the record without what the application has reset or removed. */
export function withoutErased(record: TotalsRecord, erasures: readonly Erasure[]): TotalsRecord {
  let { families, events } = record;
  for (const { what, family, labelValues } of erasures) {
    if (family === undefined) {
      families = [];
      if (what === 'reset') events = [];
      continue;
    }
    const values = jsonText(labelValues);
    families = families.flatMap((totals) => {
      if (totals.name !== family) return [totals];
      if (!labelValues) return [];
      return [{ ...totals, series: totals.series.filter(([own]) => jsonText(own) !== values) }];
    });
  }
  return { ...record, families, events };
}
