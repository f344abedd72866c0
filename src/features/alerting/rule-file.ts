import {
  type Complain,
  duration,
  type Fields,
  integer,
  list,
  type Read,
  read,
  text,
  texts,
} from './rule-fields.ts';
import { nodeOf, type Place, START, type YamlError, type YamlNode } from './yaml-node.ts';

/** A group of rules that are evaluated one after the other. All durations are in milliseconds. */
export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** 0 if the group has none of its own. */
  readonly interval: number;
  /** How long before the time of an evaluation the rules look. */
  readonly queryOffset: number;
  /** The most alerts or series of a rule; 0 if there is no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

export type Rule = RecordingRule | AlertingRule;

interface CheckedRule {
  readonly name: string;
  /** The expression as it was written, and in the form in which Prometheus shows it. */
  readonly expr: string;
  readonly query: string;
  /** Those of the group, too. */
  readonly labels: Texts;
}

export interface RecordingRule extends CheckedRule {
  readonly kind: 'recording';
}

export interface AlertingRule extends CheckedRule {
  readonly kind: 'alerting';
  readonly annotations: Texts;
  readonly for: number;
  readonly keepFiringFor: number;
}

type Texts = Readonly<Record<string, string>>;

/** A mistake in a file of rules. Lines and columns count from 1. */
export interface RuleFileError extends Place {
  /** The name of the file. */
  readonly file: string;
  /** The name of the group. Absent if the mistake is in no group. */
  readonly group?: string | undefined;
  /** Which rule of the group, counted from 1, and its name. */
  readonly rule?: number | undefined;
  /** The name of the rule. Absent if the mistake is in no rule. */
  readonly name?: string | undefined;
  /** What is wrong, in words. */
  readonly message: string;
}

/** A file of rules: the YAML text, or an object of the same form. */
export interface RuleSource {
  readonly file: string;
  readonly rules: string | object;
}

/** What is needed to read rules. */
export interface RuleChecks {
  /** Parses a YAML text. @throws YamlError that says what is wrong with it */
  yaml(text: string): YamlNode | undefined;
  /** Returns an expression as Prometheus shows it. @throws Error that says what is wrong with it */
  expression(text: string): string;
  /**
   * Reads a template of an alert.
   * @throws Error that says what is wrong with it
   */
  template(text: string, alert: string): unknown;
}

interface RuleFields {
  record: string;
  alert: string;
  expr: string;
  for: number;
  keep_firing_for: number;
  labels: Texts;
  annotations: Texts;
}

interface GroupFields {
  name: string;
  interval: number;
  query_offset: number;
  limit: number;
  labels: Texts;
  rules: readonly YamlNode[];
}

const RULE: Fields<RuleFields> = {
  ...{ record: text, alert: text, expr: text, for: duration, keep_firing_for: duration },
  ...{ labels: texts, annotations: texts },
};
const GROUP: Fields<GroupFields> = {
  ...{ name: text, interval: duration, query_offset: duration, limit: integer },
  ...{ labels: texts, rules: list },
};
const FILE: Fields<{ groups: readonly YamlNode[] }> = { groups: list };

/**
 * Reads a file of rules, and checks it as Prometheus 3 does. A group with a mistake is left out, and so are all
 * groups if the text is no YAML. Never throws.
 */
export function readRuleFile(
  { file, rules }: RuleSource,
  checks: RuleChecks,
): { groups: RuleGroup[]; errors: RuleFileError[] } {
  const errors: RuleFileError[] = [];
  const complain: Complain = (message, { line, column }) =>
    errors.push({ file, line, column, message });
  const groups: RuleGroup[] = [];
  try {
    const node = typeof rules === 'string' ? checks.yaml(rules) : nodeOf(rules);
    const found = node ? (read(node, 'the file', FILE, complain).groups ?? []) : [];
    const names = new Set<string>();
    for (const one of found) {
      const before = errors.length;
      const group = readGroup(one, file, checks, errors, names);
      if (errors.length === before) groups.push(group);
    }
  } catch (error) {
    // The class of the error may be that of another part.
    const { place, message } = error as Partial<YamlError>;
    complain(place && message ? message : String(error), place ?? START);
    return { groups: [], errors };
  }
  return { groups, errors };
}

/** Says where a mistake is and what it is, in one line. */
export function describeError(error: RuleFileError): string {
  const { file, line, column, group, rule, name, message } = error;
  const where = group === undefined ? '' : ` group ${JSON.stringify(group)},`;
  const which = rule === undefined ? '' : ` rule ${rule}, ${JSON.stringify(name ?? '')}:`;
  return `${file}:${line}:${column}:${where}${which} ${message}`;
}

function readGroup(
  node: YamlNode,
  file: string,
  checks: RuleChecks,
  errors: RuleFileError[],
  names: Set<string>,
): RuleGroup {
  const group = textIn(node, 'name');
  const complain: Complain = (message, { line, column }) =>
    errors.push({ file, group, line, column, message });
  const fields = read(node, 'a group', GROUP, complain);
  const { name = '', interval = 0, query_offset: queryOffset = 0, limit = 0 } = fields;
  if (name === '') complain('Groupname must not be empty', node);
  else if (names.has(name)) {
    complain(`groupname: "${name}" is repeated in the same file`, node);
  }
  names.add(name);
  const { labels = {}, rules = [] } = fields;
  checkNames(labels, 'label', (message) => complain(message, fields.places.labels!));
  const checked = rules.map((one, i) => {
    const rule = textIn(one, 'alert') || textIn(one, 'record');
    const complainOf: Complain = (message, { line, column }) =>
      errors.push({ file, group, rule: i + 1, name: rule, line, column, message });
    const known = read(one, 'a rule', RULE, complainOf);
    return checkedRule(known, one, labels, checks, complainOf);
  });
  return { file, name, interval, queryOffset, limit, rules: checked };
}

function checkedRule(
  fields: Read<RuleFields>,
  node: YamlNode,
  groupLabels: Texts,
  checks: RuleChecks,
  complain: Complain,
): Rule {
  const { record = '', alert = '', expr = '', labels = {}, annotations = {}, places } = fields;
  const at = (field: keyof RuleFields): Place => places[field] ?? node;
  if (record && alert) complain("only one of 'record' and 'alert' must be set", at('alert'));
  if (!record && !alert) complain("one of 'record' or 'alert' must be set", node);
  let query = '';
  if (!expr) complain("field 'expr' must be set in rule", at('expr'));
  else {
    try {
      query = checks.expression(expr);
    } catch (error) {
      complain(`could not parse expression: ${(error as Error).message}`, at('expr'));
    }
  }
  if (record) checkRecording(fields, complain, at('record'));
  checkNames(labels, 'label', (message) => complain(message, at('labels')));
  checkNames(annotations, 'annotation', (message) => complain(message, at('annotations')));
  const common = { expr, query, labels: { ...groupLabels, ...labels } };
  if (!alert) return { kind: 'recording', name: record, ...common };
  for (const [what, all] of [['label', labels] as const, ['annotation', annotations] as const]) {
    for (const [name, value] of Object.entries(all)) {
      try {
        checks.template(value, alert);
      } catch (error) {
        const { message } = error as Error;
        complain(`${what} ${JSON.stringify(name)}: ${message}`, at(`${what}s`));
      }
    }
  }
  const { for: hold = 0, keep_firing_for: keepFiringFor = 0 } = fields;
  return { kind: 'alerting', name: alert, ...common, annotations, for: hold, keepFiringFor };
}

function checkRecording(fields: Read<RuleFields>, complain: Complain, place: Place): void {
  const { record = '', annotations = {} } = fields;
  const refuse = (field: string) => complain(`invalid field '${field}' in recording rule`, place);
  if (Object.keys(annotations).length > 0) refuse('annotations');
  if (fields.for) refuse('for');
  if (fields.keep_firing_for) refuse('keep_firing_for');
  if (!isUtf8(record)) complain(`invalid recording rule name: ${record}`, place);
  if (/[{}]/.test(record)) {
    complain(`braces present in the recording rule name; should it be in expr?: ${record}`, place);
  }
}

/** Prometheus 3 takes every text as a name, but not that of the metric as the name of a label. */
function checkNames(named: Texts, what: 'label' | 'annotation', complain: (m: string) => void) {
  for (const [name, value] of Object.entries(named)) {
    const isReserved = what === 'label' && name === '__name__';
    if (name === '' || !isUtf8(name) || isReserved) complain(`invalid ${what} name: ${name}`);
    if (what === 'label' && !isUtf8(value)) complain(`invalid label value: ${value}`);
  }
}

/** Returns the text of a field, for messages: the mapping has yet to be read. */
function textIn(node: YamlNode, field: string): string {
  if (node.kind !== 'mapping') return '';
  const value = node.entries.find(([key]) => key.kind === 'scalar' && key.text === field)?.[1];
  return value?.kind === 'scalar' ? value.text : '';
}

/** A lone surrogate has no UTF-8. */
const isUtf8 = (text: string) => !/[\ud800-\udfff]/u.test(text);
