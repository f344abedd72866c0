import { MetricType } from '../model.ts';

/** What threads say, any of which may be anybody's code. */

const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL_NAME = /^[a-zA-Z_]\w*$/;
const COMBINES: readonly unknown[] = ['sum', 'last', 'min', 'max', 'mean'];
const TYPES: readonly unknown[] = Object.values(MetricType);

const isText = (value: unknown): value is string => typeof value === 'string';
const isListOf = (test: (value: unknown) => boolean, value: unknown): boolean =>
  Array.isArray(value) && value.every(test);
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
  if (!isListOf(isLabelName, labelNames) || typeof labels !== 'object' || !labels) return false;
  const constants = Object.entries(labels).every(
    ([label, text]) => isLabelName(label) && isText(text),
  );
  return constants && isListOf(Number.isFinite, buckets);
}

/** Whether it is an `EventBatch`, as far as can be told without reading its events. */
export function isEventBatch(value: unknown): boolean {
  const { count, slots, texts } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (Object.prototype.toString.call(slots) !== '[object Float64Array]') return false;
  const isCount = Number.isSafeInteger(count) && (count as number) >= 0;
  return isCount && (count as number) <= (slots as Float64Array).length && isListOf(isText, texts);
}
