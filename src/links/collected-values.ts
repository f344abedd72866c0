import type { BoundSeries, Refusal } from '../kinds/bound-series.ts';
import { collectedKindOf } from '../kinds/collected-kinds.ts';
import { labelText } from '../kinds/labels.ts';
import type { SomeMetric } from '../metrics/registry.ts';
import { type FamilyDefinition, shown } from '../model.ts';
import { jsonText } from '../platform/realm.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What came of what a callback has returned. */
interface Outcome {
  /** For each series that could not be recorded: why. */
  readonly refused: readonly (readonly [reason: Refusal, what: string])[];
  /** How many series were recorded. */
  readonly recorded: number;
}

/**
 * Records what a `collect` callback has returned. A list is all that this thread has of the metric: series
 * that it does not name are removed, in this thread. What is wrong with one series concerns only that one;
 * it stays as it is.
 * @throws what a getter of what was returned throws; then nothing is recorded
 */
export function recordCollected(metric: SomeMetric, returned: unknown): Outcome {
  const { definition } = metric;
  const kind = collectedKindOf(metric.refused, definition.type);
  if (!kind) {
    const what = `returned ${shown(returned)}; the callback must record by itself, and return nothing`;
    return { refused: [['invalid_value', what]], recorded: 0 };
  }
  const refused: [Refusal, string][] = [];
  /** By label set: its values, and what is to be recorded, if that is known. */
  const named = new Map<string, { labelValues: readonly string[]; value: unknown }>();
  // `for…of` also visits the holes of a list.
  for (const one of Array.isArray(returned) ? returned : [returned]) {
    const given = fieldsOf(one);
    const labelValues = labelValuesOf(definition, given.labels);
    if (!labelValues) {
      const names = definition.labelNames.join(', ') || 'none';
      const what = `returned ${shown(one)}; the labels must be exactly: ${names} (by name)`;
      refused.push(['invalid_labels', what]);
      continue;
    }
    const key = jsonText(labelValues);
    const value = kind.read(definition, given);
    const isRepeated = named.has(key);
    if (value === undefined || isRepeated) {
      const rule = isRepeated
        ? 'each series may be named once'
        : `it may return ${kind.demand}, or nothing if it records by itself`;
      refused.push(['invalid_value', `returned ${shown(one)}; ${rule}`]);
    }
    if (!isRepeated) named.set(key, { labelValues, value });
  }
  if (Array.isArray(returned)) removeOthers(metric, named);
  /** What is to be recorded in the series at an address. Several label sets may be one series. */
  const values = new Map<number, unknown>();
  for (const { labelValues, value } of named.values()) {
    if (value === undefined) continue;
    const { address } = labelValues.length === 0 ? metric.single : metric.of(labelValues);
    const known = values.get(address);
    values.set(address, known === undefined ? value : kind.together(known, value, definition));
  }
  // Only this shows the one object that may write to a series.
  metric.each((series, _, overflow) => {
    const value = values.get(addressOf(series));
    if (value !== undefined) kind.write(metric.at(series), value);
    // The overflow series cannot be removed. It starts anew if nothing is in it any more.
    else if (overflow && Array.isArray(returned)) metric.at(series).reset();
  });
  return { refused, recorded: values.size };
}

function fieldsOf(given: unknown): Fields {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
    ? (given as Fields)
    : { value: given };
}

/**
 * Returns the values in the order of the label names, or `undefined` if the labels do not fit. The constant
 * labels may be among them, as in what `getValue()` returns.
 */
function labelValuesOf(
  { labelNames, labels: constants }: FamilyDefinition,
  given: unknown,
): readonly string[] | undefined {
  const labels = (given ?? {}) as Fields;
  const isKnown = (name: string) => labelNames.includes(name) || Object.hasOwn(constants, name);
  if (typeof labels !== 'object' || !Object.keys(labels).every(isKnown)) return undefined;
  const values: string[] = [];
  for (const name of labelNames) {
    const text = Object.hasOwn(labels, name) ? labelText(labels[name]) : undefined;
    if (text === undefined) return undefined;
    values.push(text);
  }
  return values;
}

/** Removes the series that were not named. */
function removeOthers(metric: SomeMetric, named: ReadonlyMap<string, unknown>): void {
  const gone: (readonly string[])[] = [];
  metric.each((_, labelValues, overflow) => {
    if (!overflow && !named.has(jsonText(labelValues))) gone.push([...labelValues]);
  });
  for (const labelValues of gone) metric.removeValues(labelValues);
}

function addressOf(series: BoundSeries | number): number {
  return typeof series === 'number' ? series : series.address;
}
