import { fingerprint } from './fingerprint.ts';
import {
  type Format,
  type Notification,
  type NotifiedAlert,
  type Sender,
  type Texts,
  timeText,
} from './notification.ts';

/** So many alerts stand in a notification. How many more there are is told. */
const MOST_SHOWN = 256;
/** So many lines stand in a message that people read. */
const MOST_LINES = 20;
/** PagerDuty cuts longer summaries, and refuses other severities. */
const MOST_SUMMARY = 1024;
const SEVERITIES = ['critical', 'error', 'warning', 'info'];
/** Go writes this for a time that is not set. */
const NO_TIME = '0001-01-01T00:00:00Z';

/** Writes the body of a request that tells of a group of alerts. */
export function webhookBody(format: Format, told: Notification, sender: Sender): string {
  const bodies = { alertmanager: alertmanagerBody, slack: slackBody, pagerduty: pagerdutyBody };
  return JSON.stringify(bodies[format.name](told, sender, format as never));
}

const allOf = ({ firing, resolved }: Notification) => [...firing, ...resolved];
const statusOf = ({ firing }: Notification) => (firing.length > 0 ? 'firing' : 'resolved');

/** Returns what all have in common. */
function common(all: readonly Texts[]): Texts {
  const [first = {}, ...others] = all;
  const shared = ([name, value]: [string, string]) => others.every((one) => one[name] === value);
  return Object.fromEntries(Object.entries(first).filter(shared));
}

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
function alertmanagerBody(told: Notification, { name, externalUrl }: Sender): object {
  const all = allOf(told);
  const shown = all.slice(0, MOST_SHOWN);
  return {
    receiver: name,
    status: statusOf(told),
    alerts: shown.map(({ labels, annotations, startsAt, resolvedAt, generatorURL }) => ({
      status: resolvedAt === undefined ? 'firing' : 'resolved',
      ...{ labels, annotations },
      startsAt: timeText(startsAt),
      endsAt: resolvedAt === undefined ? NO_TIME : timeText(resolvedAt),
      ...{ generatorURL, fingerprint: fingerprint(labels) },
    })),
    groupLabels: told.groupLabels,
    commonLabels: common(all.map(({ labels }) => labels)),
    commonAnnotations: common(all.map(({ annotations }) => annotations)),
    externalURL: externalUrl,
    version: '4',
    groupKey: told.groupKey,
    truncatedAlerts: all.length - shown.length,
  };
}

/** Returns what a group is called: its status, and the values of its labels. */
function title(told: Notification): string {
  const count = told.firing.length > 0 ? `FIRING:${told.firing.length}` : 'RESOLVED';
  return `[${count}] ${Object.values(told.groupLabels).join(' ') || 'alerts'}`;
}

function line({ labels, annotations, resolvedAt }: NotifiedAlert): string {
  const { summary, description, message } = annotations;
  const { alertname, ...others } = labels;
  const shown = Object.entries(others).map(([name, value]) => `${name}=${value}`);
  const text = summary || description || message || alertname || 'alert';
  const what = shown.length > 0 ? `${text} (${shown.join(', ')})` : text;
  return resolvedAt === undefined ? what : `resolved: ${what}`;
}

function lines(told: Notification): string[] {
  const all = allOf(told).map(line);
  const more = all.length - MOST_LINES;
  return more > 0 ? [...all.slice(0, MOST_LINES), `and ${more} more`] : all;
}

/** https://api.slack.com/messaging/webhooks */
function slackBody(told: Notification, { externalUrl }: Sender): object {
  const text = lines(told).map(slackText).join('\n');
  const heading = slackText(title(told));
  return {
    text: heading,
    attachments: [
      {
        color: told.firing.length > 0 ? 'danger' : 'good',
        fallback: heading,
        text,
        ...(externalUrl && { title: 'Alerts', title_link: externalUrl }),
      },
    ],
  };
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** https://developer.pagerduty.com/docs/events-api-v2-overview */
function pagerdutyBody(
  told: Notification,
  { name, externalUrl }: Sender,
  format: Format & { name: 'pagerduty' },
): object {
  const isOver = told.firing.length === 0;
  const all = allOf(told);
  const severity = common(all.map(({ labels }) => labels))[format.severityLabel] ?? '';
  const since = Math.min(...all.map(({ startsAt }) => startsAt));
  return {
    routing_key: format.routingKey,
    event_action: isOver ? 'resolve' : 'trigger',
    dedup_key: told.groupKey.slice(0, 255),
    client: name,
    ...(externalUrl && { client_url: externalUrl }),
    payload: {
      summary: `${title(told)} ${line(all[0]!)}`.slice(0, MOST_SUMMARY),
      source: all[0]!.labels.instance || externalUrl || name,
      severity: SEVERITIES.includes(severity) ? severity : 'error',
      timestamp: timeText(since),
      custom_details: { ...told.groupLabels, alerts: lines(told) },
    },
  };
}
