import {
  type Complain,
  duration,
  type Fields,
  list,
  type Reader,
  read,
  text,
  texts,
} from '../features/alerting/rule-fields.ts';
import { parseYaml } from '../features/alerting/yaml/yaml.ts';
import type { Place, YamlNode } from '../features/alerting/yaml-node.ts';

type Texts = Readonly<Record<string, string>>;

/** A file of unit tests for rules, as promtool reads it. Durations are in milliseconds. */
export interface UnitTestFile {
  /** Patterns of paths, beginning where the file is. */
  readonly ruleFiles: readonly string[];
  /** How long after each other the rules are evaluated. */
  readonly evaluationInterval: number;
  /** The names of groups in the order in which they are evaluated. The others come first. */
  readonly groupOrder: readonly string[];
  /** Whether numbers count as equal that differ by the rounding of a calculation. */
  readonly isFuzzy: boolean;
  readonly tests: readonly UnitTest[];
}

/** A group of tests that share their series. */
export interface UnitTest {
  readonly name: string;
  /** How far the samples of a series are apart. */
  readonly interval: number;
  /** When the first sample is: milliseconds since 1970. */
  readonly start: number;
  readonly series: readonly InputSeries[];
  readonly alertTests: readonly AlertTest[];
  readonly exprTests: readonly ExprTest[];
  readonly externalLabels: Texts;
  readonly externalUrl: string;
}

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

export interface AlertTest {
  /** Since the start. */
  readonly evalTime: number;
  readonly alertname: string;
  readonly expected: readonly ExpectedAlert[];
}

export interface ExpectedAlert {
  readonly labels: Texts;
  readonly annotations: Texts;
}

export interface ExprTest {
  /** Since the start. */
  readonly evalTime: number;
  readonly expr: string;
  readonly expected: readonly ExpectedSample[];
}

export interface ExpectedSample {
  /** A name and labels, such as `up{job="a"}`; `{}` for a scalar. */
  readonly labels: string;
  readonly value: number;
  /** A native histogram, such as `{{schema:0 count:3}}`. */
  readonly histogram: string;
}

/** A mistake in a file of unit tests. */
export class UnitTestFileError extends Error {
  constructor(message: string, { line, column }: Place) {
    super(`${line}:${column}: ${message}`);
  }
}

const MINUTE = 60_000;

const number: Reader<number> = (node, field, complain) => {
  const given = text(node, field, complain).replaceAll('_', '');
  const special = /^([-+]?)\.?(inf|nan)$/i.exec(given);
  if (special) {
    const size = special[2]!.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === '-' ? -size : size;
  }
  if (given === '' || Number.isNaN(Number(given))) complain(`${field} must be a number`, node);
  return Number(given);
};

const flag: Reader<boolean> = (node, field, complain) => {
  const given = text(node, field, complain);
  if (!/^(true|false|)$/i.test(given)) complain(`${field} must be true or false`, node);
  return /^true$/i.test(given);
};

/** Reads seconds since 1970, or a time such as `2026-01-01T00:00:00Z`. */
const time: Reader<number> = (node, field, complain) => {
  const given = text(node, field, complain);
  const ms = /^[-+\d.]+$/.test(given) ? Number(given) * 1000 : Date.parse(given);
  if (!Number.isFinite(ms)) {
    complain(`${field} must be seconds since 1970, or a time as in RFC 3339`, node);
  }
  return ms;
};

/** Returns a reader of lists. */
const listOf =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (node, field, complain) =>
    list(node, field, complain).map((one) => item(one, field, complain));

/** Returns a reader of mappings with these fields, and how what it reads becomes what it stands for. */
function mapping<F extends object, T>(
  what: string,
  fields: Fields<F>,
  made: (given: Partial<F>) => T,
): Reader<T> {
  return (node, _, complain) => made(read(node, what, fields, complain));
}

const expectedAlert = mapping<{ exp_labels: Texts; exp_annotations: Texts }, ExpectedAlert>(
  'an expected alert',
  { exp_labels: texts, exp_annotations: texts },
  ({ exp_labels: labels = {}, exp_annotations: annotations = {} }) => ({ labels, annotations }),
);

const alertTest = mapping<
  { eval_time: number; alertname: string; exp_alerts: readonly ExpectedAlert[] },
  AlertTest
>(
  'an item of alert_rule_test',
  { eval_time: duration, alertname: text, exp_alerts: listOf(expectedAlert) },
  ({ eval_time: evalTime = 0, alertname = '', exp_alerts: expected = [] }) => ({
    ...{ evalTime, alertname, expected },
  }),
);

const expectedSample = mapping<
  { labels: string; value: number; histogram: string },
  ExpectedSample
>(
  'an expected sample',
  { labels: text, value: number, histogram: text },
  ({ labels = '', value = 0, histogram = '' }) => ({ labels, value, histogram }),
);

const exprTest = mapping<
  { expr: string; eval_time: number; exp_samples: readonly ExpectedSample[] },
  ExprTest
>(
  'an item of promql_expr_test',
  { expr: text, eval_time: duration, exp_samples: listOf(expectedSample) },
  ({ expr = '', eval_time: evalTime = 0, exp_samples: expected = [] }) => ({
    ...{ expr, evalTime, expected },
  }),
);

const inputSeries = mapping<{ series: string; values: string }, InputSeries>(
  'an item of input_series',
  { series: text, values: text },
  ({ series = '', values = '' }) => ({ series, values }),
);

interface TestFields {
  name: string;
  interval: number;
  input_series: readonly InputSeries[];
  alert_rule_test: readonly AlertTest[];
  promql_expr_test: readonly ExprTest[];
  external_labels: Texts;
  external_url: string;
  start_timestamp: number;
}

const unitTest = mapping<TestFields, UnitTest>(
  'a test',
  {
    name: text,
    interval: duration,
    input_series: listOf(inputSeries),
    alert_rule_test: listOf(alertTest),
    promql_expr_test: listOf(exprTest),
    external_labels: texts,
    external_url: text,
    start_timestamp: time,
  },
  (given) => ({
    name: given.name ?? '',
    interval: given.interval || MINUTE,
    start: given.start_timestamp ?? 0,
    series: given.input_series ?? [],
    alertTests: given.alert_rule_test ?? [],
    exprTests: given.promql_expr_test ?? [],
    externalLabels: given.external_labels ?? {},
    externalUrl: given.external_url ?? '',
  }),
);

interface FileFields {
  rule_files: readonly string[];
  evaluation_interval: number;
  group_eval_order: readonly string[];
  fuzzy_compare: boolean;
  tests: readonly UnitTest[];
}

const file = mapping<FileFields, UnitTestFile>(
  'the file',
  {
    rule_files: listOf(text),
    evaluation_interval: duration,
    group_eval_order: listOf(text),
    fuzzy_compare: flag,
    tests: listOf(unitTest),
  },
  (given) => ({
    ruleFiles: given.rule_files ?? [],
    evaluationInterval: given.evaluation_interval || MINUTE,
    groupOrder: given.group_eval_order ?? [],
    isFuzzy: given.fuzzy_compare ?? false,
    tests: given.tests ?? [],
  }),
);

/**
 * Reads a file of unit tests. https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
 * @throws YamlError, UnitTestFileError
 */
export function readUnitTests(yaml: string): UnitTestFile {
  const node: YamlNode | undefined = parseYaml(yaml);
  const refuse: Complain = (message, place) => {
    throw new UnitTestFileError(message, place);
  };
  if (!node) refuse('the file is empty', { line: 1, column: 1 });
  return file(node!, 'the file', refuse);
}
