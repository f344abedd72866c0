import type { MetricFamily, SeriesLabels } from '../../model.ts';
import { numberFamily } from '../number-family.ts';
import type { Group } from './group.ts';
import type { Notifier } from './notify/notifier.ts';

type Row<T> = readonly [name: string, text: string, value: (of: T) => number];

/** The names are Prometheus' own, with another beginning. Those that end in `_total` are counters. */
const OF_GROUPS: readonly Row<Group>[] = [
  ['rule_evaluations_total', 'Evaluations of rules', (of) => of.counts.evaluations],
  [
    'rule_evaluation_failures_total',
    'Evaluations of rules that have failed',
    (of) => of.counts.failures,
  ],
  ['rule_group_iterations_total', 'How often a group was due', (of) => of.counts.iterations],
  [
    'rule_group_iterations_missed_total',
    'How often a group was due and was passed over',
    (of) => of.counts.missed,
  ],
  [
    'rule_group_interval_seconds',
    'Time between evaluations of a group',
    (of) => of.interval / 1000,
  ],
  ['rule_group_rules', 'Rules of a group', (of) => of.rules.length],
  ['rule_group_last_duration_seconds', 'Time that the last evaluation took', (of) => of.duration],
  [
    'rule_group_last_evaluation_timestamp_seconds',
    'Time of the last evaluation',
    (of) => (of.evaluatedAt ?? 0) / 1000,
  ],
  [
    'rule_group_last_evaluation_samples',
    'Samples that came of the last evaluation',
    (of) => of.rules.reduce((sum, { samples }) => sum + samples.length, 0),
  ],
];

const OF_NOTIFIERS: readonly Row<Notifier>[] = [
  ['notifications_total', 'Alerts or groups of alerts that were sent', (of) => of.counts.sent],
  ['notifications_errors_total', 'Requests with alerts that failed', (of) => of.counts.errors],
  [
    'notifications_dropped_total',
    'Alerts or groups of alerts that were given up',
    (of) => of.counts.dropped,
  ],
  ['notifications_queue_length', 'Alerts or groups of alerts that wait', (of) => of.length],
];

/** Returns a function that tells how evaluations and notifications go. */
export function ownFamilies(
  groups: readonly Group[],
  notifiers: readonly Notifier[],
): () => MetricFamily[] {
  const keys = groups.map(({ group: { file, name } }) => `${file};${name}`);
  const names = notifiers.map(({ name }) => name);
  const tables = [
    [OF_GROUPS, groups, seriesOf('rule_group', keys)],
    [OF_NOTIFIERS, notifiers, seriesOf('notifier', names)],
  ] as [readonly Row<unknown>[], readonly unknown[], readonly SeriesLabels[]][];
  return () =>
    tables.flatMap(([rows, all, series]) =>
      rows.map(([name, description, value]) =>
        numberFamily(`telemetry_${name}`, description, series, Float64Array.from(all, value)),
      ),
    );
}

const seriesOf = (label: string, values: readonly string[]): SeriesLabels[] =>
  values.map((value) => ({ labelNames: [label], labelValues: [value] }));
