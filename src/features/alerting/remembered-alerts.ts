import type { LabelSet } from '../../promql/label-set.ts';
import type { Alert } from './alert-states.ts';
import type { Group } from './group.ts';
import { isTime, keyOf } from './notify/notification.ts';
import type { AlertingRule } from './rule-file.ts';

/** What is kept of an alert that is pending or fires. It fits JSON. Times are milliseconds since 1970. */
interface KeptAlert {
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was seen last. */
  readonly seenAt: number;
  readonly activeAt: number;
  readonly firedAt?: number | undefined;
  readonly lastSentAt?: number | undefined;
}

export interface RestoreOptions {
  /** After how many seconds without evaluations alerts count as new. */
  readonly outageTolerance: number;
  /** For how many seconds an alert waits at least after an outage. */
  readonly gracePeriod: number;
}

/** After a gap that is not longer, alerts go on as if there had been none: a page was loaded again. */
const SHORT_GAP = 120_000;
const MOST_KEPT = 2000;

/**
 * What earlier processes or pages have known of alerts. An alert that is found again goes on from there, with the
 * rules that Prometheus has for a restart.
 */
export class RememberedAlerts {
  readonly #options: RestoreOptions;
  readonly #kept = new Map<string, KeptAlert>();

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  /** Returns what is to be kept of all alerts. */
  write(groups: readonly Group[]): KeptAlert[] {
    const now: KeptAlert[] = [];
    for (const { rules } of groups) {
      for (const { run, evaluatedAt = 0 } of rules) {
        for (const { labels, state, activeAt, firedAt, lastSentAt } of run.states?.all ?? []) {
          if (state === 'inactive') continue;
          const about = { rule: run.rule.name, labels: labels.toObject(), seenAt: evaluatedAt };
          now.push({ ...about, activeAt, firedAt, lastSentAt });
        }
      }
    }
    const known = new Set(now.map(keyOfKept));
    const others = [...this.#kept].flatMap(([key, kept]) => (known.has(key) ? [] : [kept]));
    return [...now, ...others].slice(0, MOST_KEPT);
  }

  restore(kept: readonly KeptAlert[]): void {
    for (const one of kept.slice(0, MOST_KEPT)) {
      const { seenAt, activeAt, firedAt = 0, lastSentAt = 0 } = one;
      if (![seenAt, activeAt, firedAt, lastSentAt].every(isTime)) continue;
      const key = keyOfKept(one);
      const known = this.#kept.get(key);
      if (!known || known.seenAt < one.seenAt) this.#kept.set(key, one);
    }
  }

  /** Returns what is known of an alert that an evaluation has found and that is new here. */
  earlier(rule: AlertingRule, labels: LabelSet, time: number): Partial<Alert> | undefined {
    if (this.#kept.size === 0) return undefined;
    const key = keyOfKept({ rule: rule.name, labels: labels.toObject() });
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (!kept) return undefined;
    const { seenAt, activeAt, firedAt, lastSentAt } = kept;
    const gap = time - seenAt;
    if (gap > this.#options.outageTolerance * 1000) return undefined;
    if (firedAt !== undefined) return { state: 'firing', activeAt, firedAt, lastSentAt };
    return { activeAt: this.#activeAt(rule.for, kept, time, gap) };
  }

  /** Forgets what is too old to count. */
  expire(time: number): void {
    for (const [key, { seenAt }] of this.#kept) {
      if (time - seenAt > this.#options.outageTolerance * 1000) this.#kept.delete(key);
    }
  }

  /** Returns since when an alert counts that was pending. */
  #activeAt(hold: number, { seenAt, activeAt }: KeptAlert, time: number, gap: number): number {
    const left = hold - (seenAt - activeAt);
    if (gap <= SHORT_GAP || left <= 0) return activeAt;
    const grace = this.#options.gracePeriod * 1000;
    // A rule that waits for less than that goes on counting, too; Prometheus would begin again.
    if (hold >= grace && left < grace) return time + grace - hold;
    // Nobody knows what was during the gap, so it does not count.
    return activeAt + gap;
  }
}

const keyOfKept = ({ rule, labels }: Pick<KeptAlert, 'rule' | 'labels'>) =>
  JSON.stringify([rule, keyOf(labels)]);
