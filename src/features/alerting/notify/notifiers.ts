import {
  checkedUrl,
  type HeaderSource,
  type HttpOptions,
  httpPlan,
  httpRules,
} from '../../../exporters/http-options.ts';
import { TelemetryError } from '../../../model.ts';
import { checked, FLAG, oneOf, type Rule, type Rules, TEXT } from '../../../options.ts';
import type { HttpPlan } from '../../../protocol/requests.ts';
import type { Format, Grouping, NotifierPlan } from './notification.ts';

// What an application says about who is told of alerts. The work is done beside the collector.

/** Who is told of alerts: what `alertmanager()`, `webhook()` and the like return. */
export type AlertNotifier = NotifierPlan & {
  /** Returns further headers of each request, in the thread of the application. */
  readonly headerSource?: HeaderSource | undefined;
};

/** Where requests go. A function that returns headers is called in this thread, before each request. */
export interface NotifierOptions
  extends Pick<HttpOptions, 'url' | 'headers' | 'bearerToken' | 'basicAuth' | 'timeout'> {
  /** What it is called in metrics and messages. Unless given, it is the kind of notifier. */
  name?: string | undefined;
}

/** How alerts are put together in one notification. */
export interface GroupingOptions {
  /**
   * The labels that all alerts of a notification have in common.
   * @defaultValue `['alertname']`
   */
  groupBy?: readonly string[] | undefined;
  /**
   * How many seconds further alerts are waited for before the first notification.
   * @defaultValue 5
   */
  groupWait?: number | undefined;
  /**
   * How many seconds lie between two notifications of a group.
   * @defaultValue 60
   */
  groupInterval?: number | undefined;
  /**
   * After how many seconds the same is told again.
   * @defaultValue 14,400 (4 hours)
   */
  repeatInterval?: number | undefined;
  /**
   * Whether it is also told that alerts are over.
   * @defaultValue `true`
   */
  sendResolved?: boolean | undefined;
}

/** The options of `webhook()`. */
export interface WebhookOptions extends NotifierOptions, GroupingOptions {
  /**
   * The form of the body.
   * @defaultValue that of an Alertmanager
   */
  format?: 'alertmanager' | 'slack' | undefined;
}

/** The options of `pagerduty()`. */
export interface PagerDutyOptions extends GroupingOptions {
  /** The integration key of the service. */
  routingKey: string;
  /** Unless given, that of PagerDuty in the United States. */
  url?: string | URL | undefined;
  /**
   * The label that holds `critical`, `error`, `warning` or `info`.
   * @defaultValue `severity`
   */
  severityLabel?: string | undefined;
  /**
   * What it is called in metrics and messages.
   * @defaultValue `pagerduty`
   */
  name?: string | undefined;
}

const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const API = '/api/v2/alerts';

const waiting = (least: number): Rule => [
  (value) => typeof value === 'number' && value >= least && value <= 2_147_483,
  `a number of seconds, ${least} at least and 2147483 at most`,
];

const groupingRules = (): Rules<GroupingOptions> => ({
  groupBy: [
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    'a list of names of labels',
  ],
  groupWait: waiting(0),
  groupInterval: waiting(1),
  repeatInterval: waiting(1),
  sendResolved: FLAG,
});

function requestRules(): Rules<NotifierOptions> {
  const { url, headers, bearerToken, basicAuth, timeout } = httpRules();
  return { url, headers, bearerToken, basicAuth, timeout, name: TEXT };
}

/**
 * Tells an Alertmanager of alerts. It groups, silences and routes them.
 * @param options the URL is that of the Alertmanager, such as `http://localhost:9093`
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { alerting, alertmanager } from 'utilityfog-telemetry/alerting';
 *
 * const feature = alerting({
 *   rules: { groups: [] },
 *   notify: [alertmanager({ url: 'http://127.0.0.1:9093' })],
 * });
 * console.log(feature.name);
 * // -> alerting
 * ```
 */
export function alertmanager(options: NotifierOptions): AlertNotifier {
  const given = checked('alertmanager()', options, requestRules());
  const url = checkedUrl('alertmanager()', given.url);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(API) ? path : `${path}${API}`;
  const { name = 'alertmanager' } = given;
  return { kind: 'alertmanager', name, http: planOf(url, given), ...sourceOf(given) };
}

/**
 * Posts groups of alerts as JSON, in the form in which an Alertmanager does.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { alerting, webhook } from 'utilityfog-telemetry/alerting';
 *
 * const feature = alerting({
 *   rules: { groups: [] },
 *   notify: [webhook({ url: 'https://hooks.example.com/alerts', bearerToken: 'secret' })],
 * });
 * console.log(feature.name);
 * // -> alerting
 * ```
 */
export function webhook(options: WebhookOptions): AlertNotifier {
  const given = checked('webhook()', options, {
    ...requestRules(),
    ...groupingRules(),
    format: oneOf('alertmanager', 'slack'),
  });
  const http = planOf(checkedUrl('webhook()', given.url), given);
  const { name = 'webhook', format = 'alertmanager' } = given;
  return webhookPlan(name, http, { name: format }, given);
}

/**
 * Posts groups of alerts to an incoming webhook of Slack. Mattermost and others take the same form.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { alerting, slack } from 'utilityfog-telemetry/alerting';
 *
 * const feature = alerting({
 *   rules: { groups: [] },
 *   notify: [slack({ url: 'https://hooks.slack.example.com/services/T0/B0/key' })],
 * });
 * console.log(feature.name);
 * // -> alerting
 * ```
 */
export function slack(options: Omit<WebhookOptions, 'format'>): AlertNotifier {
  const given = checked('slack()', options, { ...requestRules(), ...groupingRules() });
  const http = planOf(checkedUrl('slack()', given.url), given);
  return webhookPlan(given.name ?? 'slack', http, { name: 'slack' }, given);
}

/**
 * Sends groups of alerts to PagerDuty (Events API v2). Each group is an incident.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { alerting, pagerduty } from 'utilityfog-telemetry/alerting';
 *
 * const feature = alerting({
 *   rules: { groups: [] },
 *   notify: [pagerduty({ routingKey: 'the key of the integration' })],
 * });
 * console.log(feature.name);
 * // -> alerting
 * ```
 */
export function pagerduty(options: PagerDutyOptions): AlertNotifier {
  const given = checked('pagerduty()', options, {
    ...groupingRules(),
    // What is wrong is told without the key: it is a secret.
    routingKey: [() => true, ''],
    url: httpRules().url,
    ...{ severityLabel: TEXT, name: TEXT },
  });
  if (!TEXT[0](given.routingKey)) {
    const message = `pagerduty() routingKey must be ${TEXT[1]}; got ${typeof given.routingKey}`;
    throw new TelemetryError('invalid_option', message);
  }
  const http = planOf(checkedUrl('pagerduty()', given.url ?? PAGERDUTY), {});
  const { name = 'pagerduty', routingKey, severityLabel = 'severity' } = given;
  return webhookPlan(name, http, { name: 'pagerduty', routingKey, severityLabel }, given);
}

/**
 * Writes a line to the console beside the collector when an alert begins to fire, and when it is over.
 * @example
 * ```ts
 * import { alerting, consoleNotifier } from 'utilityfog-telemetry/alerting';
 *
 * const feature = alerting({ rules: { groups: [] }, notify: [consoleNotifier()] });
 * console.log(feature.name);
 * // -> alerting
 * ```
 */
export function consoleNotifier(): AlertNotifier {
  return { kind: 'console', name: 'console' };
}

function planOf(url: URL, { headers, bearerToken, basicAuth, timeout }: Partial<NotifierOptions>) {
  return httpPlan(url, 'POST', { url, headers, bearerToken, basicAuth, timeout });
}

function sourceOf({ headers }: Pick<NotifierOptions, 'headers'>) {
  return typeof headers === 'function' ? { headerSource: headers } : {};
}

function webhookPlan(
  name: string,
  http: HttpPlan,
  format: Format,
  given: GroupingOptions & Pick<NotifierOptions, 'headers'>,
): AlertNotifier {
  const { groupBy = ['alertname'], groupWait = 5, groupInterval = 60 } = given;
  const { repeatInterval = 14_400, sendResolved = true } = given;
  const grouping: Grouping = { groupBy, groupWait, groupInterval, repeatInterval, sendResolved };
  return { kind: 'webhook', name, http, format, ...grouping, ...sourceOf(given) };
}
