import type { Alert } from './alert-states.ts';
import type { AlertingConfig } from './config.ts';
import type { NotifiedAlert } from './notify/notification.ts';
import type { AlertingRule } from './rule-file.ts';

/** An alert counts as firing for as long as so many tellings may fail. */
const FAILURES = 4;

/**
 * Returns the alerts of a rule that notifiers are to be told of: those that fire or have fired, again after a while.
 * @param time milliseconds since 1970
 * @param interval that of the group, in milliseconds
 */
export function alertsToSend(
  rule: AlertingRule,
  alerts: Iterable<Alert>,
  time: number,
  interval: number,
  { resendDelay, externalLabels, externalUrl }: AlertingConfig,
): NotifiedAlert[] {
  const delay = resendDelay * 1000;
  const generatorURL = `${externalUrl}${graphPath(rule.query)}`;
  const sent: NotifiedAlert[] = [];
  for (const alert of alerts) {
    const { labels, annotations, activeAt, firedAt = activeAt, resolvedAt } = alert;
    if (!isDue(alert, time, delay)) continue;
    alert.lastSentAt = time;
    sent.push({
      labels: { ...externalLabels, ...labels.toObject() },
      ...{ annotations, startsAt: firedAt, resolvedAt, generatorURL },
      validFor: FAILURES * Math.max(interval, delay),
    });
  }
  return sent;
}

function isDue({ state, resolvedAt = 0, lastSentAt = 0 }: Alert, time: number, delay: number) {
  if (state === 'pending') return false;
  // It was not sent later than now: the clock was set back.
  return resolvedAt > lastSentAt || lastSentAt + delay < time || lastSentAt > time;
}

/** Returns the path of the page in which Prometheus shows an expression. */
function graphPath(query: string): string {
  // Go's escapes differ from those of forms in two characters.
  const escaped = new URLSearchParams({ x: query }).toString().slice(2);
  return `/graph?g0.expr=${escaped.replaceAll('*', '%2A').replaceAll('%7E', '~')}&g0.tab=1`;
}
