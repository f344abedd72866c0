import type { Engine } from '../../promql/engine.ts';
import type { Language } from '../../promql/language.ts';
import type { Part } from '../../protocol/feature.ts';

/** What other parts may ask of the feature `promql`, by `host.part<QueryPart>('promql')`. */
export interface QueryPart extends Part {
  /** The engine over the history. */
  readonly engine: Engine;
  readonly language: Language;
  /** Offers the rules and alerts that the HTTP API shows. The last offer counts. */
  offer(alerting: AlertingApi): void;
}

/** The rules and alerts, in the form in which Prometheus' HTTP API shows them. */
export interface AlertingApi {
  /** All groups with all rules, and all alerts of each rule. Times are texts by RFC 3339. */
  rules(): readonly RuleGroup[];
  /** The alerts that are pending or firing, of all rules. */
  alerts(): readonly ActiveAlert[];
}

/** A group of rules and its state. */
export interface RuleGroup {
  /** The name of the group. */
  readonly name: string;
  /** The name of the file that it is from. */
  readonly file: string;
  /** The rules, in the order in which they are evaluated. */
  readonly rules: readonly (AlertingRule | RecordingRule)[];
  /** Seconds, as are all other durations. */
  readonly interval: number;
  /** The most alerts or series that a rule may make; 0 if there is no limit. */
  readonly limit: number;
  /** How many seconds the last evaluation took. */
  readonly evaluationTime: number;
  /** When the last evaluation began, by RFC 3339. */
  readonly lastEvaluation: string;
}

interface Rule {
  /** The name of the alert, or of the series that is recorded. */
  readonly name: string;
  /** The expression, in the form in which Prometheus shows it. */
  readonly query: string;
  /** The labels that the rule adds. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the last evaluation has succeeded; `unknown` before the first. */
  readonly health: 'ok' | 'err' | 'unknown';
  /** Why it has failed. Absent if it has not. */
  readonly lastError?: string | undefined;
  /** How many seconds the last evaluation took. */
  readonly evaluationTime: number;
  /** When the last evaluation began, by RFC 3339. */
  readonly lastEvaluation: string;
}

/** An alerting rule and its state. */
export interface AlertingRule extends Rule {
  /** Tells it from a recording rule. */
  readonly type: 'alerting';
  /** The state of the alert that is furthest; `unknown` before the first evaluation. */
  readonly state: 'inactive' | 'pending' | 'firing' | 'unknown';
  /** For how many seconds the expression must be true before an alert fires. */
  readonly duration: number;
  /** For how many seconds an alert still fires after that. */
  readonly keepFiringFor: number;
  /** The annotations, as the rule has them. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The alerts of the rule that are pending or firing. */
  readonly alerts: readonly ActiveAlert[];
}

/** A recording rule and its state. */
export interface RecordingRule extends Rule {
  /** Tells it from an alerting rule. */
  readonly type: 'recording';
}

/** An alert that is pending or firing. */
export interface ActiveAlert {
  /** The labels of the alert, `alertname` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The annotations, with their templates filled in. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether it still waits for its `for`, or fires. */
  readonly state: 'pending' | 'firing';
  /** Since when the expression has been true, by RFC 3339. */
  readonly activeAt: string;
  /** Since when the expression has not been true any more, while the alert still fires. */
  readonly keepFiringSince?: string | undefined;
  /** As Prometheus writes it, such as `1e+00`. */
  readonly value: string;
}
