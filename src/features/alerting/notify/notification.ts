import type { HttpPlan } from '../../../protocol/requests.ts';

/** An alert as those are told of it who send notifications. It fits JSON. Times are milliseconds since 1970. */
export interface NotifiedAlert {
  readonly labels: Texts;
  readonly annotations: Texts;
  /** When it began to fire. */
  readonly startsAt: number;
  /** When it was over. Absent while it fires. */
  readonly resolvedAt?: number | undefined;
  /** For how many milliseconds it counts as firing, unless it is told of again. */
  readonly validFor: number;
  /** Where the expression can be looked at. */
  readonly generatorURL: string;
}

export type Texts = Readonly<Record<string, string>>;

/** How alerts are put together in one notification. All times are in seconds. */
export interface Grouping {
  /** The labels that all alerts of a notification have in common. */
  readonly groupBy: readonly string[];
  /** How long further alerts are waited for, before the first notification of a group. */
  readonly groupWait: number;
  /** How long after a notification the next one of the group may come. */
  readonly groupInterval: number;
  /** After which time the same is told again. */
  readonly repeatInterval: number;
  /** Whether it is also told that alerts are over. */
  readonly sendResolved: boolean;
}

/** Where notifications go. Messages can copy it. */
export type NotifierPlan = {
  /** What it is called in metrics and messages. */
  readonly name: string;
} & (
  | { readonly kind: 'alertmanager'; readonly http: HttpPlan }
  | ({ readonly kind: 'webhook'; readonly http: HttpPlan; readonly format: Format } & Grouping)
  | { readonly kind: 'console' }
);

/** What the part asks the application for the headers of a notifier. */
export const headersQuestion = (name: string): string => `headers ${name}`;

export type Format =
  | { readonly name: 'alertmanager' | 'slack' }
  | {
      readonly name: 'pagerduty';
      /** It is a secret. */
      readonly routingKey: string;
      /** The label with the severity. */
      readonly severityLabel: string;
    };

/** A group of alerts that is told of. */
export interface Notification {
  readonly groupKey: string;
  readonly groupLabels: Texts;
  readonly firing: readonly NotifiedAlert[];
  readonly resolved: readonly NotifiedAlert[];
}

/** Where the library's own pages are: what stands for the URL of Prometheus. */
export interface Sender {
  readonly name: string;
  readonly externalUrl: string;
}

/** Whether what was kept is an alert. One with a time that is none could not be sent, and would hold up all others. */
export function isNotifiedAlert(kept: unknown): kept is NotifiedAlert {
  const { labels, annotations, startsAt, resolvedAt, validFor, generatorURL } = (kept ??
    {}) as Partial<Record<keyof NotifiedAlert, unknown>>;
  return (
    [labels, annotations].every(areTexts) &&
    [startsAt, resolvedAt ?? 0].every(isTime) &&
    isTime(validFor) &&
    typeof generatorURL === 'string'
  );
}

const areTexts = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((text) => typeof text === 'string');

/** Whether it is a number of milliseconds of which `Date` can make a date. */
export const isTime = (value: unknown) =>
  typeof value === 'number' && !Number.isNaN(new Date(value).getTime());

/** The same for alerts with the same labels, and for no others. */
export function keyOf(labels: Texts): string {
  return JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Returns the time as RFC 3339 writes it. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
