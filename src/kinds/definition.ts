import {
  type FamilyDefinition,
  type Labels,
  type LabelValue,
  OVERFLOW_LABEL,
  shown,
  TelemetryError,
  textOf,
} from '../model.ts';
import type { Rule } from '../options.ts';
import { wellFormed } from '../platform/realm.ts';
import { checkLabelName, labelText } from './labels.ts';
import { demandOf, isName, LABEL_NAME, METRIC_NAME, type NameRule } from './names.ts';
import type { MetricOptions, OptionsOfKind, RecordingKind } from './recording-kind.ts';
import { asWritten, TakenNames } from './taken-names.ts';

/** In UTF-16 units. Descriptions longer than this are cut. */
const MAX_DESCRIPTION_LENGTH = 4096;
/** The characters that OpenMetrics allows in a unit, which is part of the name of a metric. */
const UNIT = /^[\w:]*$/;
/** `Infinity` is for metrics whose series stay although the collector lets others go. */
export const EXPIRE_AFTER: Rule = [
  (value) => typeof value === 'number' && value > 0,
  'a positive number of seconds',
];
/** Lets every value through, since the options are checked as part of the definition. */
const ANY: Rule = [() => true, ''];
const EACH = {
  labels: ANY,
  labelNames: ANY,
  unit: ANY,
  collect: ANY,
  expireAfter: EXPIRE_AFTER,
};
/** For kinds that must have no unit. */
export const NO_UNIT: Rule = [(unit) => !unit, 'left out, since its values have none'];
export const USAGE = "the order is: name, description, { labelNames: ['method'] }";

/** Returns the rules of the options that every kind takes, and of those named. */
export function optionsWith(...names: readonly string[]): OptionsOfKind {
  return { ...EACH, ...Object.fromEntries(names.map((name) => [name, ANY])) };
}

/**
 * Checks what an application says of a metric and makes a definition of it.
 * @throws TelemetryError with the code, the name and the remedy
 */
export function defineFamily<M, S extends object>(
  kind: RecordingKind<M, S>,
  name: string,
  description: string,
  options: MetricOptions,
  rule: NameRule = 'legacy',
): FamilyDefinition<S> {
  checkArguments(name, description, options, rule);
  const labelNames = [...(options.labelNames ?? [])];
  const own = kind.reserved?.(name) ?? [];
  for (const label of own) checkLabelName(name, label, [OVERFLOW_LABEL], rule);
  const reserved = [OVERFLOW_LABEL, ...own];
  const labels = checkedConstants(name, options.labels ?? {}, reserved, rule, labelNames);
  const shape = kind.shape(name, options);
  const { expireAfter = Infinity } = options;
  return {
    name,
    description: wellFormed(textOf(description ?? '').slice(0, MAX_DESCRIPTION_LENGTH)),
    type: kind.type,
    unit: textOf(options.unit ?? ''),
    labelNames,
    labels,
    shape,
    ...(expireAfter < Infinity && kind.activity && { expireAfter }),
  };
}

/**
 * Checks that each argument is in its place. Other Prometheus clients take a single object, or options
 * instead of the description, or bare lists.
 * @throws TelemetryError which says what was given, and what goes where
 */
function checkArguments(
  name: unknown,
  description: unknown,
  options: MetricOptions,
  rule: NameRule,
): void {
  const remedy = (given: unknown, wanted: string) =>
    typeof given === 'string' ? `one ${wanted}` : USAGE;
  if (!isName(name, METRIC_NAME, rule)) {
    const order = remedy(name, demandOf(METRIC_NAME, rule));
    throw wrong('invalid_name', name, 'is no metric name', order);
  }
  const demand = (what: string, value: unknown, sound: boolean, order = USAGE) => {
    if (!sound) throw wrong('invalid_option', value, `is no ${what} of ${name}`, order);
  };
  demand('description', description, typeof (description ?? '') !== 'object');
  demand('object of options', options, isRecord(options));
  const unit: unknown = options.unit ?? '';
  const isUnit = typeof unit === 'string' && UNIT.test(unit);
  demand('unit', unit, isUnit, remedy(unit, `matches ${UNIT.source}`));
  demand('array of labelNames', options.labelNames, Array.isArray(options.labelNames ?? []));
}

/** Makes an error that says what was given, what is wrong with it, and what to do. */
export function wrong(code: string, given: unknown, what: string, remedy: string): TelemetryError {
  return new TelemetryError(code, `${shown(given)} ${what}; ${remedy}`);
}

const isRecord = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Returns constant labels as text.
 * @param names the names of the labels that are not constant
 * @throws TelemetryError `invalid_label`
 */
export function checkedConstants(
  owner: string,
  labels: Readonly<Record<string, LabelValue>>,
  reserved: readonly string[],
  rule: NameRule,
  names: readonly string[] = [],
): Labels {
  if (!isRecord(labels)) {
    const remedy = "give constants, { region: 'eu' }; labels that vary are labelNames: ['method']";
    throw wrong('invalid_label', labels, `is no object of labels of ${owner}`, remedy);
  }
  const checked: Record<string, string> = {};
  for (const [label, value] of Object.entries(labels)) {
    checkLabelName(owner, label, reserved, rule);
    const text = labelText(value);
    if (text === undefined) {
      throw new TelemetryError(
        'invalid_label',
        `${owner}: the label "${label}" must be a string, number or boolean`,
      );
    }
    checked[label] = text;
  }
  for (const label of names) checkLabelName(owner, label, reserved, rule);
  const taken = new TakenNames<string>(LABEL_NAME);
  for (const label of [...reserved, ...Object.keys(checked), ...names]) {
    for (const [other, written] of taken.owners(label)) {
      throw new TelemetryError(
        'invalid_label',
        `${owner}: the labels ${other} and ${label} are the same${asWritten(written)}`,
      );
    }
    taken.add(label, label);
  }
  return checked;
}
