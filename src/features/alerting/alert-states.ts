import type { LabelSet } from '../../promql/label-set.ts';

export type AlertState = 'pending' | 'firing' | 'inactive';

/** What an evaluation says of an alert. */
export interface FoundAlert {
  readonly labels: LabelSet;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert, as it was after the last evaluation. All times are in milliseconds since 1970. */
export interface Alert {
  readonly labels: LabelSet;
  annotations: Readonly<Record<string, string>>;
  value: number;
  state: AlertState;
  activeAt: number;
  firedAt?: number | undefined;
  /** Since when it has been over. Absent while it is pending or fires. */
  resolvedAt?: number | undefined;
  /** Since when it has fired although the expression no longer says so. */
  keepFiringSince?: number | undefined;
  /** When it was last given to those who send notifications. */
  lastSentAt?: number | undefined;
}

/** What has become of an alert: `resolved` if it had fired, `inactive` if it was only pending. */
export interface Transition {
  readonly alert: Alert;
  readonly to: 'pending' | 'firing' | 'resolved' | 'inactive';
}

/** How long alerts that are over are still told of. */
const RESOLVED_RETENTION = 900_000;

/** Which alerts of a rule are pending or fire. https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export class AlertStates {
  readonly #for: number;
  readonly #keepFiringFor: number;
  readonly #limit: number;
  /** By the keys of their labels. */
  readonly #alerts = new Map<string, Alert>();

  /** @param limit the most alerts that may be pending or fire; 0 for no limit */
  constructor(rule: { for: number; keepFiringFor: number }, limit: number) {
    this.#for = rule.for;
    this.#keepFiringFor = rule.keepFiringFor;
    this.#limit = limit;
  }

  /** All that are known, those included that have been over for a while. */
  get all(): Iterable<Alert> {
    return this.#alerts.values();
  }

  /**
   * Brings all alerts up to date with an evaluation.
   * @param earlier called for each alert that is new; returns what is known of it from before a restart
   * @returns what has changed, in order
   * @throws Error if there are more than the limit; then all are forgotten, as Prometheus does
   */
  update(
    time: number,
    found: ReadonlyMap<string, FoundAlert>,
    earlier?: (labels: LabelSet) => Partial<Alert> | undefined,
  ): Transition[] {
    for (const alert of this.#alerts.values()) keepInTime(alert, time);
    const added = new Set<Alert>();
    for (const [key, { labels, annotations, value }] of found) {
      const known = this.#alerts.get(key);
      if (known && known.state !== 'inactive') {
        Object.assign(known, { annotations, value });
        continue;
      }
      const kept = earlier?.(labels);
      const alert: Alert = {
        labels,
        annotations,
        value,
        state: 'pending',
        activeAt: time,
        ...kept,
      };
      keepInTime(alert, time);
      this.#alerts.set(key, alert);
      if (!kept) added.add(alert);
    }
    let active = 0;
    const transitions: Transition[] = [];
    for (const [key, alert] of this.#alerts) {
      const before = added.has(alert) ? undefined : alert.state;
      if (this.#updated(key, alert, time, found.has(key))) active++;
      const { state } = alert;
      if (state === before) continue;
      const over = before === 'firing' ? 'resolved' : 'inactive';
      transitions.push({ alert, to: state === 'inactive' ? over : state });
    }
    if (this.#limit > 0 && active > this.#limit) {
      this.#alerts.clear();
      throw new Error(`exceeded limit of ${this.#limit} with ${active} alerts`);
    }
    return transitions;
  }

  /** Returns whether it is pending or fires. */
  #updated(key: string, alert: Alert, time: number, isFound: boolean): boolean {
    if (isFound) alert.keepFiringSince = undefined;
    else if (!this.#keepsFiring(alert, time)) {
      const { state, resolvedAt } = alert;
      const isOld = resolvedAt !== undefined && time - resolvedAt > RESOLVED_RETENTION;
      if (state === 'pending' || isOld) this.#alerts.delete(key);
      if (state !== 'inactive') Object.assign(alert, { state: 'inactive', resolvedAt: time });
      return false;
    }
    const hasHeld = time - alert.activeAt >= this.#for;
    if (alert.state === 'pending' && hasHeld) {
      alert.state = 'firing';
      alert.firedAt = time;
    } else if (alert.state === 'firing' && !hasHeld && time >= (alert.firedAt ?? 0)) {
      // It was restored, and the rule waits longer than before. If it fired later than now, the clock was set back.
      alert.state = 'pending';
      alert.firedAt = alert.lastSentAt = alert.keepFiringSince = undefined;
    }
    return true;
  }

  #keepsFiring(alert: Alert, time: number): boolean {
    if (alert.state !== 'firing' || this.#keepFiringFor === 0) return false;
    alert.keepFiringSince ??= time;
    return time - alert.keepFiringSince < this.#keepFiringFor;
  }
}

/**
 * If the clock was set back, waits begin again with the time of now. Otherwise they would last for as long as the clock
 * was wrong. When an alert began to fire is not changed: it goes on firing.
 */
function keepInTime(alert: Alert, time: number): void {
  if (alert.state === 'pending') alert.activeAt = Math.min(alert.activeAt, time);
  if (alert.keepFiringSince !== undefined) {
    alert.keepFiringSince = Math.min(alert.keepFiringSince, time);
  }
  if (alert.resolvedAt !== undefined) alert.resolvedAt = Math.min(alert.resolvedAt, time);
}
