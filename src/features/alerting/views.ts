import type {
  ActiveAlert,
  AlertingRule as AlertingView,
  RuleGroup as GroupView,
  RecordingRule as RecordingView,
} from '../promql/query-part.ts';
import type { Alert } from './alert-states.ts';
import type { Group, RuleStatus } from './group.ts';
import { timeText } from './notify/notification.ts';

// The rules and alerts in the form in which Prometheus' HTTP API shows them.

/** Go writes this for a time that is not set. */
const NEVER = '0001-01-01T00:00:00Z';

const timeOf = (ms: number | undefined) => (ms === undefined ? NEVER : timeText(ms));

export function groupViews(groups: readonly Group[]): GroupView[] {
  return groups.map(({ group, interval, rules, duration, evaluatedAt }) => ({
    name: group.name,
    file: group.file,
    rules: rules.map(ruleView),
    interval: interval / 1000,
    limit: group.limit,
    evaluationTime: duration,
    lastEvaluation: timeOf(evaluatedAt),
  }));
}

export function alertViews(groups: readonly Group[]): ActiveAlert[] {
  return groups.flatMap(({ rules }) => rules.flatMap(alertsOf));
}

function ruleView(status: RuleStatus): AlertingView | RecordingView {
  const { run, error, duration, evaluatedAt } = status;
  const { rule } = run;
  const isKnown = evaluatedAt !== undefined;
  const common = {
    ...{ name: rule.name, query: rule.query, labels: rule.labels },
    health: error === undefined ? (isKnown ? 'ok' : 'unknown') : 'err',
    ...(error !== undefined && { lastError: error }),
    evaluationTime: duration,
    lastEvaluation: timeOf(evaluatedAt),
  } as const;
  if (rule.kind === 'recording') return { ...common, type: 'recording' };
  const alerts = alertsOf(status);
  const fires = alerts.some(({ state }) => state === 'firing');
  const active = fires ? 'firing' : alerts.length > 0 ? 'pending' : 'inactive';
  return {
    ...common,
    type: 'alerting',
    state: isKnown ? active : 'unknown',
    duration: rule.for / 1000,
    keepFiringFor: rule.keepFiringFor / 1000,
    annotations: rule.annotations,
    alerts,
  };
}

function alertsOf({ run }: RuleStatus): ActiveAlert[] {
  return [...(run.states?.all ?? [])].flatMap((alert) =>
    alert.state === 'inactive' ? [] : [alertView(alert, alert.state)],
  );
}

function alertView(alert: Alert, state: 'pending' | 'firing'): ActiveAlert {
  const { labels, annotations, activeAt, keepFiringSince, value } = alert;
  return {
    ...{ labels: labels.toObject(), annotations, state, activeAt: timeText(activeAt) },
    ...(keepFiringSince !== undefined && { keepFiringSince: timeText(keepFiringSince) }),
    value: exponential(value),
  };
}

/** Writes a number as Go does with the verb `%e` and as few digits as possible. */
function exponential(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const text = Object.is(value, -0) ? '-0e+0' : value.toExponential();
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
