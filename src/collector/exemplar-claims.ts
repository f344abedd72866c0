import type { ReadingKind } from '../kinds/kind.ts';
import { isName, LABEL_NAME, type NameRule } from '../kinds/names.ts';
import {
  type Exemplar,
  type FamilyDefinition,
  isListOf,
  type Labels,
  MAX_EXEMPLAR_CHARACTERS,
} from '../model.ts';
import { wellFormed } from '../platform/realm.ts';
import type { SentExemplar } from '../protocol/exemplar-batch.ts';

/** Checks the exemplars of threads and records. Any of them may be anybody's code. */

const MAX_LABELS = 1024;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

/**
 * Returns what a thread has sent, and nothing else that came with it; `undefined` if it is no exemplar. Whether its
 * family can have it is not known yet.
 * @param now seconds since 1970
 * @param rule which names labels may have
 */
export function soundExemplar(
  claimed: unknown,
  now: number,
  rule: NameRule,
): SentExemplar | undefined {
  if (!Array.isArray(claimed)) return undefined;
  const [family, labelValues, overflow, bucket, exemplar] = claimed as readonly unknown[];
  if (!isNumber(family) || typeof overflow !== 'boolean') return undefined;
  if (!Number.isSafeInteger(bucket) || !isListOf(isText, labelValues, MAX_LABELS)) return undefined;
  const { labels, value, timestamp } = (exemplar ?? {}) as Readonly<Record<string, unknown>>;
  const own = soundLabels(labels, rule);
  if (!own || !isNumber(value) || !isNumber(timestamp) || !(timestamp >= 0)) return undefined;
  // A time to come would keep all later ones away.
  const known: Exemplar = { labels: own, value, timestamp: Math.min(timestamp, now) };
  return [family, labelValues as string[], overflow, bucket as number, known];
}

function soundLabels(claimed: unknown, rule: NameRule): Labels | undefined {
  if (typeof claimed !== 'object' || claimed === null) return undefined;
  const pairs = Object.entries(claimed);
  if (pairs.length === 0 || pairs.length > MAX_EXEMPLAR_CHARACTERS) return undefined;
  const isLabel = ([name, value]: readonly [string, unknown]) =>
    isName(name, LABEL_NAME, rule) && isText(value) && wellFormed(value) === value;
  if (!pairs.every(isLabel)) return undefined;
  const units = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  // No character takes more than two units.
  if (units > 2 * MAX_EXEMPLAR_CHARACTERS) return undefined;
  const isShort = [...pairs.flat().join('')].length <= MAX_EXEMPLAR_CHARACTERS;
  return isShort ? Object.fromEntries(pairs) : undefined;
}

/** Whether a bucket of the family has counted that value. Readers of an exposition would be misled otherwise. */
export function isOfBucket(
  value: number,
  bucket: number,
  { shape }: Pick<FamilyDefinition, 'shape'>,
  { claims }: ReadingKind,
): boolean {
  const range = claims?.exemplarRange?.(shape, bucket);
  return range !== undefined && value <= range[1] && (bucket === 0 || value > range[0]);
}
