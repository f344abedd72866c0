import type { Kinds } from '../kinds/kind.ts';
import type { NameRule } from '../kinds/names.ts';
import type { Exemplar, FamilyDefinition } from '../model.ts';
import { isOfBucket, soundExemplar } from './exemplar-claims.ts';

/** An exemplar of a series, as a record keeps it. */
export type KeptExemplar = readonly [bucket: number, exemplar: Exemplar];

/** How an exemplar is written. Numbers that JSON lacks are texts. */
export type WrittenExemplar = readonly [
  /** The place of its series in the list of the family. */
  series: number,
  bucket: number,
  labels: Exemplar['labels'],
  value: number | string,
  timestamp: number,
];

/** A record has so many exemplars at most. */
export const MAX_KEPT_EXEMPLARS = 1000;

export function writtenExemplars(
  series: number,
  exemplars: readonly KeptExemplar[],
): WrittenExemplar[] {
  return exemplars.map(([bucket, { labels, value, timestamp }]) => [
    ...([series, bucket, labels] as const),
    Number.isFinite(value) ? value : String(value),
    timestamp,
  ]);
}

/** Returns those that are sound among what a record says, by the place of their series. */
export function soundKept(
  written: unknown,
  head: Pick<FamilyDefinition, 'type' | 'shape'>,
  kinds: Kinds,
  now: number,
  rule: NameRule,
): Map<number, KeptExemplar[]> {
  const kept = new Map<number, KeptExemplar[]>();
  for (const one of Array.isArray(written) ? written.slice(0, MAX_KEPT_EXEMPLARS) : []) {
    if (!Array.isArray(one)) continue;
    const [series, bucket, labels, text, timestamp] = one as unknown[];
    const value = typeof text === 'string' ? Number(text) : text;
    const sent = soundExemplar(
      [series, [], false, bucket, { labels, value, timestamp }],
      now,
      rule,
    );
    const kind = kinds.get(head.type);
    if (!sent || !kind || !isOfBucket(sent[4].value, sent[3], head, kind)) continue;
    const [index, , , number, exemplar] = sent;
    kept.set(index, [...(kept.get(index) ?? []), [number, exemplar]]);
  }
  return kept;
}
