import { messageOf } from '../../model.ts';
import type { AddedSample } from '../history/history-part.ts';
import type { Alert, Transition } from './alert-states.ts';
import type { AlertingRule, RuleGroup } from './rule-file.ts';
import { type RuleHost, type RuleRun, type RuleSample, ruleRun } from './rule-run.ts';

/** What a group is evaluated with, and whom it tells. */
export interface GroupHost extends RuleHost {
  /** Stores what came of a rule. @param time milliseconds since 1970 */
  append(time: number, samples: readonly AddedSample[]): void;
  /** Seconds of a clock that nobody sets. */
  elapsed(): number;
  /** Called when alerts have changed. */
  changed?(rule: AlertingRule, transitions: readonly Transition[]): void;
  /** Called after each evaluation of a rule with alerts that is no failure. */
  evaluated?(rule: AlertingRule, alerts: Iterable<Alert>, time: number, interval: number): void;
}

/** A rule, and what came of its last evaluation. */
export interface RuleStatus {
  readonly run: RuleRun;
  /** What it has made last. */
  samples: readonly RuleSample[];
  /** Why the last evaluation has failed, or why some of what came of it was not stored. */
  error?: string | undefined;
  /** How many seconds it took. */
  duration: number;
  /** When it began: milliseconds since 1970. Absent before the first. */
  evaluatedAt?: number | undefined;
}

/** How often a group was evaluated, and with what success. */
export interface GroupCounts {
  evaluations: number;
  failures: number;
  /** How many times it was due, and how many of these were passed over. */
  iterations: number;
  missed: number;
}

/** A group of rules that is evaluated again and again. It has no clock of its own. */
export class Group {
  readonly group: RuleGroup;
  /** Milliseconds. */
  readonly interval: number;
  readonly rules: readonly RuleStatus[];
  readonly counts: GroupCounts = { evaluations: 0, failures: 0, iterations: 0, missed: 0 };
  /** Seconds. */
  duration = 0;
  evaluatedAt: number | undefined;
  readonly #host: GroupHost;

  /** @param interval that of groups which have none of their own, in milliseconds */
  constructor(group: RuleGroup, interval: number, host: GroupHost) {
    this.group = group;
    this.interval = group.interval || interval;
    this.#host = host;
    this.rules = group.rules.map((rule) => ({
      run: ruleRun(rule, group.limit, host),
      ...{ samples: [], duration: 0 },
    }));
  }

  /**
   * Evaluates all rules in order, each with what those before it have stored. Never rejects.
   * @param time milliseconds since 1970
   */
  async evaluate(time: number): Promise<void> {
    const began = this.#host.elapsed();
    for (const status of this.rules) await this.#evaluated(status, time);
    this.duration = this.#host.elapsed() - began;
    this.evaluatedAt = time;
  }

  async #evaluated(status: RuleStatus, time: number): Promise<void> {
    const { queryOffset } = this.group;
    const { rule, states, evaluate } = status.run;
    const began = this.#host.elapsed();
    this.counts.evaluations++;
    try {
      const { samples, transitions, fault } = await evaluate(time, queryOffset);
      this.#host.append(time - queryOffset, [...samples, ...ended(status.samples, samples)]);
      status.samples = samples;
      status.error = fault;
      if (states) this.#tell(rule as AlertingRule, transitions, states.all, time);
    } catch (error) {
      // What was known before stays.
      this.counts.failures++;
      status.error = messageOf(error);
    }
    status.duration = this.#host.elapsed() - began;
    status.evaluatedAt = time;
  }

  #tell(
    rule: AlertingRule,
    transitions: readonly Transition[],
    alerts: Iterable<Alert>,
    time: number,
  ): void {
    if (transitions.length > 0) this.#host.changed?.(rule, transitions);
    this.#host.evaluated?.(rule, alerts, time, this.interval);
  }
}

/** Returns the ends of those series that there were and are no more. */
function ended(before: readonly RuleSample[], now: readonly RuleSample[]): AddedSample[] {
  const keys = new Set(now.map(({ labels }) => labels.key));
  return before
    .filter(({ labels }) => !keys.has(labels.key))
    .map(({ labels }) => ({ labels, value: 'stale' }));
}
