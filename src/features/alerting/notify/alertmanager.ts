import type { OutboxRequest } from '../../../protocol/outbox.ts';
import { isNotifiedAlert, isTime, keyOf, type NotifiedAlert, timeText } from './notification.ts';

/** Prometheus sends so many alerts in a request, too. */
const BATCH = 256;
/** What could not be sent for so long is no news any more. Milliseconds. */
const MAX_AGE = 3_600_000;

interface Waiting {
  readonly alert: NotifiedAlert;
  readonly since: number;
}

/**
 * The alerts that an Alertmanager has yet to be told of. It groups, silences and routes them itself, so each is sent
 * as it is. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export class AlertmanagerMessages {
  readonly #waiting = new Map<string, Waiting>();

  /** Returns the keys under which the alerts wait. */
  add(alerts: readonly NotifiedAlert[], now: number): string[] {
    return alerts.map((alert) => {
      const key = keyOf(alert.labels);
      this.#waiting.set(key, { alert, since: now });
      return key;
    });
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.#waiting.delete(key);
  }

  /** Returns the keys of what is too old to be sent. */
  expired(now: number): string[] {
    return [...this.#waiting].flatMap(([key, { since }]) => (now - since > MAX_AGE ? [key] : []));
  }

  request(keys: readonly string[], now: number): OutboxRequest | undefined {
    const batch = new Map<string, Waiting>();
    for (const key of keys) {
      const waiting = this.#waiting.get(key);
      if (waiting) batch.set(key, waiting);
      if (batch.size === BATCH) break;
    }
    if (batch.size === 0) return undefined;
    return {
      keys: [...batch.keys()],
      body: JSON.stringify([...batch.values()].map(({ alert }) => postable(alert, now))),
      arrived: () => {
        for (const [key, sent] of batch) {
          if (this.#waiting.get(key) === sent) this.#waiting.delete(key);
        }
      },
    };
  }

  write(): unknown {
    return [...this.#waiting.values()];
  }

  /** Returns the keys of what was kept. */
  restore(kept: unknown): string[] {
    const keys: string[] = [];
    for (const { alert, since } of kept as Waiting[]) {
      if (!isNotifiedAlert(alert) || !isTime(since)) continue;
      const key = keyOf(alert.labels);
      if (this.#waiting.has(key)) continue;
      this.#waiting.set(key, { alert, since });
      keys.push(key);
    }
    return keys;
  }
}

function postable(alert: NotifiedAlert, now: number): object {
  const { labels, annotations, startsAt, resolvedAt, validFor, generatorURL } = alert;
  // It counts from now: while nobody could be reached it has not become older. If the clock was set back, it may have
  // begun later than now. An Alertmanager takes an alert for firing until its end, so that must not be later, too.
  const endsAt = resolvedAt === undefined ? now + validFor : Math.min(resolvedAt, now);
  return {
    ...{ labels, annotations, generatorURL },
    startsAt: timeText(Math.min(startsAt, endsAt)),
    endsAt: timeText(endsAt),
  };
}
