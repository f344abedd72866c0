import type { Clock } from '../../../platform/clock.ts';
import {
  type Grouping,
  isNotifiedAlert,
  isTime,
  keyOf,
  type Notification,
  type NotifiedAlert,
  type Texts,
} from './notification.ts';

/** So many groups there may be, and so many alerts in each. */
const MOST_GROUPS = 1000;
const MOST_ALERTS = 1000;

interface Group {
  readonly labels: Texts;
  /** By their keys: those that fire, and those that are over and may have to be told of. */
  readonly alerts: Map<string, Known>;
  /** When it was told of last: milliseconds since 1970. */
  toldAt?: number | undefined;
  /** When it will be looked at next. */
  due: number;
}

interface Known {
  readonly alert: NotifiedAlert;
  /** When it is over unless it is told of again, in seconds of a clock that nobody sets. */
  readonly validUntil: number;
  /** Whether somebody was told that it fires. */
  isTold: boolean;
}

/**
 * Puts alerts together in notifications, and decides when there is something to tell, as an Alertmanager does. It is
 * for those that cannot do so themselves.
 */
export class GroupedAlerts {
  readonly #grouping: Grouping;
  readonly #clock: Clock;
  readonly #tell: (groupKey: string) => void;
  readonly #groups = new Map<string, Group>();
  #isClosed = false;

  /** @param tell is called when there is something to tell of a group */
  constructor(grouping: Grouping, clock: Clock, tell: (groupKey: string) => void) {
    this.#grouping = grouping;
    this.#clock = clock;
    this.#tell = tell;
  }

  add(alerts: readonly NotifiedAlert[]): void {
    for (const alert of alerts) {
      const [key, group] = this.#groupOf(alert.labels);
      if (!group) continue;
      const alertKey = keyOf(alert.labels);
      const isTold = group.alerts.get(alertKey)?.isTold ?? false;
      // What is over before anybody was told of it is no news.
      if (alert.resolvedAt !== undefined && !isTold) group.alerts.delete(alertKey);
      else if (group.alerts.size < MOST_ALERTS || group.alerts.has(alertKey)) {
        group.alerts.set(alertKey, { alert, validUntil: this.#validUntil(alert), isTold });
      }
      this.#arm(key, group);
    }
  }

  /** Returns what is to be told of a group now; `undefined` if it is nothing. */
  notification(groupKey: string): Notification | undefined {
    const group = this.#groups.get(groupKey);
    if (!group || !this.#isNews(group)) return undefined;
    const { firing, resolved } = this.#split(group);
    return { groupKey, groupLabels: group.labels, firing, resolved };
  }

  /** Says that this has arrived. */
  told({ groupLabels, firing, resolved }: Notification): void {
    const [groupKey, group] = this.#groupOf(groupLabels);
    if (!group) return;
    group.toldAt = this.#now();
    for (const alert of firing) {
      const key = keyOf(alert.labels);
      const known = group.alerts.get(key);
      if (known) known.isTold = true;
      // RACE: it may be over since that was sent, and then it was forgotten. Somebody has to hear that, too.
      else group.alerts.set(key, { alert, validUntil: this.#clock.elapsed(), isTold: true });
    }
    for (const alert of resolved) {
      const key = keyOf(alert.labels);
      const known = group.alerts.get(key);
      if (this.#isOver(known)) group.alerts.delete(key);
      // RACE: it may have begun to fire again while that was sent.
      else if (known) known.isTold = false;
    }
    this.#arm(groupKey, group);
  }

  /** Returns what must be known after a restart, so that nothing is told twice. */
  write(): unknown {
    return [...this.#groups.values()].map(({ labels, alerts, toldAt }) => ({
      ...{ labels, toldAt },
      alerts: [...alerts.values()].filter(({ isTold }) => isTold).map(({ alert }) => alert),
    }));
  }

  restore(kept: unknown): void {
    for (const one of kept as { labels: Texts; toldAt?: number; alerts: NotifiedAlert[] }[]) {
      if (!isTime(one.toldAt ?? 0)) continue;
      for (const alert of one.alerts) {
        if (!isNotifiedAlert(alert)) continue;
        const [key, group] = this.#groupOf(alert.labels);
        const alertKey = keyOf(alert.labels);
        if (!group || group.alerts.has(alertKey)) continue;
        // The rules have yet to say whether it still fires.
        group.alerts.set(alertKey, { alert, validUntil: this.#validUntil(alert), isTold: true });
        group.toldAt ??= one.toldAt;
        this.#arm(key, group);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
  }

  #now(): number {
    return this.#clock.now() * 1000;
  }

  #validUntil({ validFor }: NotifiedAlert): number {
    return this.#clock.elapsed() + validFor / 1000;
  }

  /** When a group was told of last; now, if the clock was set back since. Otherwise it would be silent until then. */
  #toldAt(group: Group): number | undefined {
    if (group.toldAt !== undefined) group.toldAt = Math.min(group.toldAt, this.#now());
    return group.toldAt;
  }

  #groupOf(labels: Texts): [string, Group | undefined] {
    const { groupBy } = this.#grouping;
    const common = Object.fromEntries(
      groupBy.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])),
    );
    const shown = Object.entries(common).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const key = `{}:{${shown.join(', ')}}`;
    const known = this.#groups.get(key);
    if (known || this.#groups.size >= MOST_GROUPS) return [key, known];
    const group: Group = { labels: common, alerts: new Map(), due: Infinity };
    this.#groups.set(key, group);
    return [key, group];
  }

  #isOver(known: Known | undefined): boolean {
    if (!known) return false;
    return known.alert.resolvedAt !== undefined || known.validUntil <= this.#clock.elapsed();
  }

  #split({ alerts }: Group): Pick<Notification, 'firing' | 'resolved'> {
    const all = [...alerts.values()];
    const over = all.filter((one) => this.#isOver(one) && one.isTold);
    return {
      firing: all.filter((one) => !this.#isOver(one)).map(({ alert }) => alert),
      resolved: over.map(({ alert }) => ({
        ...alert,
        resolvedAt: alert.resolvedAt ?? this.#now(),
      })),
    };
  }

  #isNews(group: Group): boolean {
    const { sendResolved, repeatInterval } = this.#grouping;
    const all = [...group.alerts.values()];
    const isChange = (one: Known) => (this.#isOver(one) ? sendResolved && one.isTold : !one.isTold);
    const isDue = this.#now() - (this.#toldAt(group) ?? 0) >= repeatInterval * 1000;
    return all.some(isChange) || (isDue && all.some((one) => !this.#isOver(one)));
  }

  /** Makes sure that the group is looked at when it is time. */
  #arm(key: string, group: Group): void {
    const { groupWait, groupInterval } = this.#grouping;
    const toldAt = this.#toldAt(group);
    const now = this.#now();
    const isFirst = toldAt === undefined;
    const at = isFirst ? now + groupWait * 1000 : Math.max(now, toldAt + groupInterval * 1000);
    if (at < group.due) this.#lookAt(at, key, group);
  }

  #lookAt(at: number, key: string, group: Group): void {
    group.due = at;
    void this.#clock.after((at - this.#now()) / 1000).then(() => {
      if (group.due === at && !this.#isClosed) this.#look(key, group);
    });
  }

  #look(key: string, group: Group): void {
    group.due = Infinity;
    if (this.#isNews(group)) this.#tell(key);
    for (const [alertKey, known] of group.alerts) {
      const isUntold = !known.isTold || !this.#grouping.sendResolved;
      if (this.#isOver(known) && isUntold) group.alerts.delete(alertKey);
    }
    if (group.alerts.size === 0) this.#groups.delete(key);
    // Something may end meanwhile, or must be told again.
    else this.#lookAt(this.#now() + this.#grouping.groupInterval * 1000, key, group);
  }
}
