import type { Kinds } from '../kinds/kind.ts';
import { isName, LABEL_NAME, METRIC_NAME, type NameRule } from '../kinds/names.ts';
import { type Erasure, type FamilyDefinition, isListOf, OVERFLOW_LABEL } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';
import type { KeptHandover } from '../protocol/handover.ts';

/** Checks what threads say. Any of them may be anybody's code. */

const UNIT = /^[\w:]*$/;
/** Characters, as in records from storage. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_LABELS = 1024;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
/** A little more than what recordings keep of a label value. UTF-16 units. */
const MAX_LABEL_VALUE_LENGTH = 4096;

/**
 * Whether threads of ours would write these values. Two with lone surrogates may be the same in the
 * exposition.
 */
export function areLabelValues(values: readonly string[]): boolean {
  return values.every(
    (value) => value.length <= MAX_LABEL_VALUE_LENGTH && wellFormed(value) === value,
  );
}

/**
 * Returns the definition of a family, and nothing else that came with it; `undefined` if it is none. With
 * other names than registration allows, that code could make the whole exposition unreadable.
 * @param rule which names it may have
 */
export function soundDefinition(
  claimed: unknown,
  kinds: Kinds,
  rule: NameRule,
): FamilyDefinition | undefined {
  const isLabelName = (value: unknown) => isText(value) && isName(value, LABEL_NAME, rule);
  const fields = (claimed ?? {}) as Readonly<Record<string, unknown>>;
  const { name, description, type, unit, labelNames, labels, shape, expireAfter } = fields;
  if (!isText(name) || !isName(name, METRIC_NAME, rule) || !isText(description)) {
    return undefined;
  }
  if (!isText(unit) || !UNIT.test(unit)) return undefined;
  const kind = isText(type) ? kinds.get(type) : undefined;
  const own = kind?.claims?.shape((shape ?? {}) as Readonly<Record<string, unknown>>, name);
  if (!kind || !own || !areLabels(labels) || !isListOf(isText, labelNames, MAX_LABELS)) {
    return undefined;
  }
  const names = [...Object.keys(labels), ...(labelNames as string[])];
  const reserved = kind.reserved?.(name) ?? [];
  const isTaken = (label: string) => label === OVERFLOW_LABEL || reserved.includes(label);
  if (!reserved.every((label) => isLabelName(label) && label !== OVERFLOW_LABEL)) return undefined;
  if (names.length > MAX_LABELS || new Set(names).size < names.length) return undefined;
  if (!names.every(isLabelName) || names.some(isTaken)) return undefined;
  return {
    name,
    description,
    type: kind.type,
    unit,
    labelNames: labelNames as string[],
    labels,
    shape: own,
    ...(kind.activity && isPositive(expireAfter) && { expireAfter }),
  };
}

const isPositive = (value: unknown): value is number =>
  Number.isFinite(value) && (value as number) > 0;

function areLabels(value: unknown): value is FamilyDefinition['labels'] {
  if (typeof value !== 'object' || !value) return false;
  return Object.values(value).every(isText);
}

/**
 * Returns the erasure, and nothing else that came with it: it is kept, and others are told of it.
 * @throws RangeError when it is longer than any of ours
 */
export function soundErasure({ what, family, labelValues, id }: Erasure): Erasure {
  const length = (labelValues ?? []).reduce((sum, { length }) => sum + length, family?.length ?? 0);
  if (length > MAX_TEXT_LENGTH || (labelValues ?? []).length > MAX_LABELS) {
    throw new RangeError('an erasure that is too long');
  }
  return {
    what,
    ...(family !== undefined && { family }),
    ...(labelValues && { labelValues: [...labelValues] }),
    ...(Number.isFinite(id) && { id: id! }),
  };
}

/** Whether it is an `EventBatch`, as far as can be told without reading its events. */
export function isEventBatch(value: unknown): boolean {
  const { count, slots, texts } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (kindOf(slots) !== 'Float64Array') return false;
  const isCount = Number.isSafeInteger(count) && (count as number) >= 0;
  return (
    isCount &&
    (count as number) <= (slots as Float64Array).length &&
    isListOf((text) => typeof text === 'string', texts)
  );
}

/** Whether it is what the owner was given of the memory of a thread. */
export function isKeptMemory(value: unknown): value is NonNullable<KeptHandover['memory']>[number] {
  if (!Array.isArray(value) || !Number.isSafeInteger(value[0])) return false;
  const { whole, pages, segments } = (value[1] ?? {}) as Readonly<Record<string, unknown>>;
  const isPage = (page: unknown) =>
    Array.isArray(page) && Number.isSafeInteger(page[0]) && kindOf(page[1]) === 'Float64Array';
  const isSegment = (memory: unknown) => /^(Shared)?ArrayBuffer$/.test(kindOf(memory));
  return typeof whole === 'boolean' && isListOf(isPage, pages) && isListOf(isSegment, segments);
}

/** Returns the kind of an object. Its class is not checked, since that may be of another realm. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
