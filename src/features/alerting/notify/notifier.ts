import type { Clock } from '../../../platform/clock.ts';
import type { PartHost } from '../../../protocol/feature.ts';
import type { Outbox, OutboxCounts } from '../../../protocol/outbox.ts';
import { AlertmanagerMessages } from './alertmanager.ts';
import { GroupedAlerts } from './grouped-alerts.ts';
import {
  headersQuestion,
  type NotifiedAlert,
  type NotifierPlan,
  type Sender,
  type Texts,
} from './notification.ts';
import { webhookBody } from './webhook-bodies.ts';

/** Somebody who is told of alerts. Nothing here ever throws, whatever a server answers. */
export interface Notifier {
  readonly name: string;
  readonly counts: Readonly<OutboxCounts>;
  /** How many alerts or groups wait to be sent. */
  readonly length: number;
  /** Takes alerts that fire or are over, each again and again. */
  take(alerts: readonly NotifiedAlert[]): void;
  /** Sends what waits. Resolves to what is left after a moment, in words. */
  flush(): Promise<string | undefined>;
  close(): void;
  /** What must survive a restart. It fits JSON and has no secrets. */
  write?(): unknown;
  restore?(kept: unknown): void;
}

export interface NotifierHost extends Pick<PartHost, 'outbox'> {
  readonly clock: Clock;
  readonly externalUrl: string;
  /** Asks the application. */
  ask(question: string): Promise<unknown>;
  fail(reason: string, message: string): void;
}

export function openNotifier(plan: NotifierPlan, host: NotifierHost): Notifier {
  switch (plan.kind) {
    case 'alertmanager':
      return alertmanagerNotifier(plan, host);
    case 'webhook':
      return webhookNotifier(plan, host);
    case 'console':
      return consoleNotifier(plan);
  }
}

type PlanOf<Kind> = NotifierPlan & { readonly kind: Kind };

function alertmanagerNotifier(plan: PlanOf<'alertmanager'>, host: NotifierHost): Notifier {
  const now = () => host.clock.now() * 1000;
  const messages = new AlertmanagerMessages();
  const outbox: Outbox = host.outbox({
    ...{ http: plan.http, secrets: [], headers: () => headersOf(plan, host) },
    request(keys) {
      outbox.drop(messages.expired(now()), 'they have waited for too long');
      return messages.request(keys, now());
    },
    dropped(keys, why) {
      messages.forget(keys);
      host.fail('notification', `${plan.name}: ${keys.length} alerts were not delivered: ${why}`);
    },
  });
  return Object.assign(doors(plan, outbox), {
    take(alerts: readonly NotifiedAlert[]) {
      outbox.put(messages.add(alerts, now()));
    },
    write: () => messages.write(),
    restore(kept: unknown) {
      outbox.put(messages.restore(kept));
    },
  });
}

function webhookNotifier(plan: PlanOf<'webhook'>, host: NotifierHost): Notifier {
  const { name, http, format } = plan;
  const sender: Sender = { name, externalUrl: host.externalUrl };
  const groups = new GroupedAlerts(plan, host.clock, (groupKey) => outbox.put([groupKey]));
  const outbox: Outbox = host.outbox({
    ...{ http, headers: () => headersOf(plan, host) },
    secrets: format.name === 'pagerduty' ? [format.routingKey] : [],
    request([groupKey]) {
      const told = groups.notification(groupKey!);
      if (!told) return undefined;
      const body = webhookBody(format, told, sender);
      return { keys: [groupKey!], body, arrived: () => groups.told(told) };
    },
    dropped: (keys, why) =>
      host.fail('notification', `${name}: ${keys.length} notifications were not delivered: ${why}`),
    most: 1,
  });
  return Object.assign(doors(plan, outbox), {
    take: (alerts: readonly NotifiedAlert[]) => groups.add(alerts),
    close() {
      groups.close();
      outbox.close();
    },
    write: () => groups.write(),
    restore: (kept: unknown) => groups.restore(kept),
  });
}

/** What the application answers is checked by those who use it. */
const headersOf = ({ name }: NotifierPlan, host: NotifierHost) =>
  host.ask(headersQuestion(name)) as Promise<Texts>;

const doors = ({ name }: NotifierPlan, outbox: Outbox) => ({
  name,
  counts: outbox.counts,
  get length() {
    return outbox.length;
  },
  flush: () => outbox.flush(),
  close: () => outbox.close(),
});

/** Writes a line when an alert begins to fire, and when it is over. */
function consoleNotifier({ name }: NotifierPlan): Notifier {
  const counts = { sent: 0, errors: 0, dropped: 0 };
  const firing = new Set<string>();
  return {
    ...{ name, counts, length: 0 },
    take(alerts) {
      for (const alert of alerts) {
        const key = JSON.stringify(alert.labels);
        const isOver = alert.resolvedAt !== undefined;
        if (isOver ? !firing.delete(key) : firing.has(key)) continue;
        if (!isOver) firing.add(key);
        counts.sent++;
        const { summary = '', description = '' } = alert.annotations;
        const text = summary || description;
        console.warn(`alert ${isOver ? 'resolved' : 'firing'}: ${key}${text && ` ${text}`}`);
      }
    },
    flush: async () => undefined,
    close() {},
  };
}
