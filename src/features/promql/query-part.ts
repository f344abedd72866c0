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

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
  /** Seconds, as are all other durations. */
  readonly interval: number;
  /** The most alerts or series that a rule may make; 0 if there is no limit. */
  readonly limit: number;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

interface Rule {
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string | undefined;
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

export interface AlertingRule extends Rule {
  readonly type: 'alerting';
  readonly state: 'inactive' | 'pending' | 'firing' | 'unknown';
  readonly duration: number;
  readonly keepFiringFor: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly alerts: readonly ActiveAlert[];
}

export interface RecordingRule extends Rule {
  readonly type: 'recording';
}

export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
  readonly keepFiringSince?: string | undefined;
  /** As Prometheus writes it, such as `1e+00`. */
  readonly value: string;
}
