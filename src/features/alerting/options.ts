import { headersFrom } from '../../exporters/http-options.ts';
import { TelemetryError } from '../../model.ts';
import { checked, OBJECT, type Rule, type Rules, SECONDS } from '../../options.ts';
import type { AlertingConfig } from './config.ts';
import { headersQuestion, type NotifierPlan } from './notify/notification.ts';
import type { AlertNotifier } from './notify/notifiers.ts';
import type { RuleSource } from './rule-file.ts';

/** Rules as in a file of Prometheus: its YAML text, with or without the name of the file, or the same as an object. */
export type RulesInput = string | RuleFile | { readonly file: string; readonly text: string };

/** A file of rules as an object. Durations are texts such as `5m`. */
export interface RuleFile {
  /** The groups of rules. */
  readonly groups: readonly RuleFileGroup[];
}

/** A group of rules, which are evaluated one after the other. */
export interface RuleFileGroup {
  /** The name, which no other group of the file has. */
  readonly name: string;
  /** How much time lies between two evaluations. Unless given, it is the `interval` of the options. */
  readonly interval?: string | undefined;
  /**
   * How long before the time of an evaluation the rules look.
   * @defaultValue `0s`
   */
  readonly query_offset?: string | undefined;
  /**
   * The most alerts or series that a rule may make; 0 is no limit.
   * @defaultValue 0
   */
  readonly limit?: number | undefined;
  /** Labels that all its rules add. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The rules. */
  readonly rules: readonly RuleFileRule[];
}

/** A rule: it records a series, or makes alerts. */
export interface RuleFileRule {
  /** The name of the series that the rule records. Either this or `alert` must be given. */
  readonly record?: string | undefined;
  /** The name of the alert. Either this or `record` must be given. */
  readonly alert?: string | undefined;
  /** The expression in PromQL. */
  readonly expr: string;
  /**
   * For how long the expression must be true before an alert fires.
   * @defaultValue `0s`
   */
  readonly for?: string | undefined;
  /**
   * For how long an alert still fires when the expression is not true any more.
   * @defaultValue `0s`
   */
  readonly keep_firing_for?: string | undefined;
  /** Labels that the rule adds. Those of alerts may be templates. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Texts about the alert, which may be templates. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The options of `alerting()`. */
export interface AlertingOptions {
  /** One or several files of rules. A group with a mistake is reported and left out. */
  rules: RulesInput | readonly RulesInput[];
  /** Who is told of alerts. Hooks for `'alert'` are called in any case. */
  notify?: AlertNotifier | readonly AlertNotifier[] | undefined;
  /** Labels that notifications get where an alert has none of that name. */
  externalLabels?: Readonly<Record<string, string>> | undefined;
  /** What links in notifications begin with. */
  externalUrl?: string | URL | undefined;
  /**
   * How many seconds lie between the evaluations of groups that do not say so themselves.
   * @defaultValue 60
   */
  interval?: number | undefined;
  /**
   * After how many seconds an Alertmanager is told again of an alert that fires.
   * @defaultValue 60
   */
  resendDelay?: number | undefined;
  /**
   * After how many seconds without evaluations alerts count as new.
   * @defaultValue 3600
   */
  outageTolerance?: number | undefined;
  /**
   * For how many seconds a pending alert waits at least after an outage.
   * @defaultValue 600
   */
  gracePeriod?: number | undefined;
}

const LIST: Rule = [() => true, ''];
const KINDS = ['alertmanager', 'webhook', 'console'];

const RULES: Rules<AlertingOptions> = {
  rules: [
    (value) => [value].flat().every((one) => typeof one === 'string' || OBJECT[0](one)),
    'the text of a rule file, an object of the same form, or a list of these',
    true,
  ],
  // What is wrong is told without what is given: there may be secrets in it.
  notify: LIST,
  externalLabels: [
    (value) =>
      OBJECT[0](value) && Object.values(value as object).every((one) => typeof one === 'string'),
    'an object of texts',
  ],
  externalUrl: [(value) => typeof value === 'string' || value instanceof URL, 'a URL'],
  ...{ interval: SECONDS, resendDelay: SECONDS, outageTolerance: SECONDS, gracePeriod: SECONDS },
};

/** What the part is started with, and what it may ask the application. */
interface Checked {
  readonly config: AlertingConfig;
  readonly answers: Readonly<Record<string, () => unknown>>;
}

/** @throws TelemetryError `invalid_option` */
export function checkedAlertingOptions(options: AlertingOptions): Checked {
  const given = checked('alerting()', options, RULES);
  const { interval = 60, resendDelay = 60, outageTolerance = 3600, gracePeriod = 600 } = given;
  const all = [given.rules].flat() as RulesInput[];
  const notifiers = namedNotifiers([given.notify ?? []].flat() as AlertNotifier[]);
  const config = {
    rules: all.map((one, i) => sourceOf(one, all.length > 1 ? `rules ${i + 1}` : 'rules')),
    notify: notifiers.map(planOf),
    externalLabels: { ...given.externalLabels },
    externalUrl: String(given.externalUrl ?? '').replace(/\/+$/, ''),
    ...{ interval, resendDelay, outageTolerance, gracePeriod },
  };
  const sources = notifiers.flatMap(({ name, headerSource: source }) =>
    source ? [[headersQuestion(name), () => headersFrom(name, source)] as const] : [],
  );
  return { config, answers: Object.fromEntries(sources) };
}

/** Returns what a message can copy. */
function planOf({ headerSource, ...plan }: AlertNotifier): NotifierPlan {
  return plan;
}

function sourceOf(given: RulesInput, file: string): RuleSource {
  if (typeof given === 'string') return { file, rules: given };
  if ('text' in given) {
    if (typeof given.text === 'string')
      return { file: String(given.file ?? file), rules: given.text };
    throw wrong(`rules text must be a text; got ${typeof given.text}`);
  }
  return { file, rules: given };
}

/** Returns the notifiers, each with a name of its own. */
function namedNotifiers(notifiers: readonly AlertNotifier[]): AlertNotifier[] {
  const names = new Set<string>();
  return notifiers.map((notifier) => {
    if (!KINDS.includes(notifier?.kind)) {
      const got = typeof notifier;
      throw wrong(`notify must be what alertmanager(), webhook() and the like return; got ${got}`);
    }
    let { name } = notifier;
    for (let i = 2; names.has(name); i++) name = `${notifier.name}-${i}`;
    names.add(name);
    return { ...notifier, name };
  });
}

const wrong = (what: string) => new TelemetryError('invalid_option', `alerting() ${what}`);
