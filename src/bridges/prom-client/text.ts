import type { Entry } from './entry.ts';
import type { ReadValue } from './values.ts';

/** A value as prom-client writes it. Readers take `Nan` for `NaN`. */
export function valueText(value: number): string {
  if (value - value === 0) return `${value}`;
  if (Number.isNaN(value)) return 'Nan';
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : `${value}`;
}

/** Escapes a name or a description. */
export function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** Returns the text of a label. */
export function labelPair(name: string, value: unknown): string {
  if (typeof value !== 'string') return `${name}="${value}"`;
  // Most values need no escaping, and to look is faster than to replace.
  const text = /[\\\n"]/.test(value) ? escaped(value).replace(/"/g, '\\"') : value;
  return `${name}="${text}"`;
}

/** Returns labels with commas between them, without those that `except` has, too. */
export function labelPairs(
  labels: Readonly<Record<string, unknown>>,
  except?: Readonly<Record<string, unknown>>,
): string {
  let text = '';
  for (const [name, value] of Object.entries(labels)) {
    if (except && Object.hasOwn(except, name)) continue;
    text += text === '' ? labelPair(name, value) : `,${labelPair(name, value)}`;
  }
  return text;
}

/** Joins texts of labels, of which some may be empty, and puts braces around them. */
export function inBraces(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join(',');
  return text === '' ? '' : `{${text}}`;
}

/** Returns the labels of an entry. They never change, so they are written once. */
export function ownLabels(entry: Entry<unknown>): string {
  entry.text ??= labelPairs(entry.labels);
  return entry.text;
}

/** Returns the labels that a registry adds to an entry. */
export function addedLabels(
  { labels }: Entry<unknown>,
  defaults: Readonly<Record<string, unknown>> | undefined,
): string {
  return defaults ? labelPairs(defaults, labels) : '';
}

/** Returns what follows the value of a sample with an exemplar. */
export function exemplarText(exemplar: ReadValue['exemplar']): string {
  if (!exemplar) return '';
  const { labelSet, value, timestamp } = exemplar;
  return ` # {${labelPairs(labelSet)}} ${valueText(value)} ${timestamp}`;
}

/** Returns the line of a sample that some other metric has read. */
export function sampleLine(
  name: string,
  { labels = {}, sharedLabels = {}, value, exemplar }: ReadValue,
  isOpenMetrics: boolean,
  defaults: Readonly<Record<string, unknown>> | undefined,
): string {
  const own = defaults ? { ...labels, ...defaults, ...labels } : labels;
  const braces = inBraces(labelPairs(own, sharedLabels), labelPairs(sharedLabels));
  return `${name}${braces} ${valueText(value)}${isOpenMetrics ? exemplarText(exemplar) : ''}`;
}
