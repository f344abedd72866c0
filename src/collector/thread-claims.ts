import { type Erasure, isListOf, MetricType, OVERFLOW_LABEL } from '../model.ts';
import { wellFormed } from '../platform/realm.ts';
import type { KeptHandover } from '../protocol/handover.ts';

/** What threads say, any of which may be anybody's code. */

const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_]\w*$/;
/** Characters, as records from storage have it. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_LABELS = 1024;
const MAX_BUCKETS = 65_536;
const COMBINES: readonly unknown[] = ['sum', 'last', 'min', 'max', 'mean'];
const TYPES: readonly unknown[] = Object.values(MetricType);

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
/** What recordings keep of a label value, and some more. UTF-16 units. */
const MAX_LABEL_VALUE_LENGTH = 4096;

/** Whether threads of ours would write them. Two with lone surrogates may be the same in the exposition. */
export function areLabelValues(values: readonly string[]): boolean {
  return values.every(
    (value) => value.length <= MAX_LABEL_VALUE_LENGTH && wellFormed(value) === value,
  );
}

const isLabelName = (value: unknown) => isText(value) && LABEL_NAME.test(value);

/**
 * Whether it is the definition of a family. A name with a line break in it would make the exposition of
 * all say what that code wants, or nothing that can be read.
 */
export function isDefinition(value: unknown): boolean {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { name, description, type, unit, labelNames, labels, combine, buckets } = fields;
  if (!isText(name) || !METRIC_NAME.test(name) || !TYPES.includes(type)) return false;
  if (!isText(description) || !isText(unit) || !COMBINES.includes(combine)) return false;
  if (!isListOf(isLabelName, labelNames, MAX_LABELS) || typeof labels !== 'object' || !labels)
    return false;
  const names = [...Object.keys(labels), ...(labelNames as string[])];
  const isHistogram = type === MetricType.Histogram;
  const isTaken = (label: string) => label === OVERFLOW_LABEL || (isHistogram && label === 'le');
  if (names.length > MAX_LABELS || new Set(names).size < names.length) return false;
  if (!names.every(isLabelName) || names.some(isTaken)) return false;
  return (
    Object.values(labels).every(isText) && (isHistogram ? areBuckets(buckets) : isEmpty(buckets))
  );
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

/** Finite and rising. */
function areBuckets(value: unknown): boolean {
  if (!isListOf(Number.isFinite, value, MAX_BUCKETS) || value.length === 0) return false;
  return (value as number[]).every((bound, i, all) => i === 0 || bound > all[i - 1]!);
}

/**
 * The erasure, and nothing else that came with it: it is kept, and told of to others.
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

/** Not by its class, which may be that of another realm. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** The value of a cell of a counter, or of a histogram, of which the sum comes first and may be less than 0. */
export function soundCell(value: number, isSum: boolean): number {
  const isSound = isSum ? !Number.isNaN(value) : value >= 0 && value < Infinity;
  return isSound ? value : 0;
}
