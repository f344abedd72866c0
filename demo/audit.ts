/**
 * Returns the simulation's own totals as the series that a collector should show for them. They can be
 * compared with series read from a snapshot, a scrape or a Prometheus server.
 */
import { CAUSES, DROP_REASONS, KINDS, sum, type Totals } from './totals.ts';

export interface ExpectedSeries {
  /** The name as in an exposition, which for a histogram ends in `_count` or `_sum`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Events that the system hooks turn into a counter. */
const COUNTED_EVENTS = {
  coordination_message: 'coordination_messages_total',
  message_sent: 'messages_sent_total',
  message_received: 'messages_received_total',
  health_check: 'health_checks_total',
} as const;

export function expectedSeries(totals: Totals): ExpectedSeries[] {
  const series: ExpectedSeries[] = [];
  const add = (name: string, value: number, labels: Record<string, string> = {}) => {
    series.push({ name, labels, value });
  };
  add('foglets_steps_total', totals.steps);
  KINDS.forEach((kind, k) => {
    add('foglets_messages_sent_total', totals.sent[k], { kind });
    add('foglets_messages_delivered_total', totals.delivered[k], { kind });
    add('foglets_message_latency_seconds_count', totals.delivered[k], { kind });
    add('foglets_message_latency_seconds_sum', totals.latencySum[k], { kind });
    totals.forwarded[k].forEach((count, level) => {
      add('foglets_forwards_total', count, { kind, level: String(level) });
    });
  });
  add('foglets_message_hops_count', sum(totals.delivered));
  add('foglets_message_hops_sum', totals.hopsSum);
  DROP_REASONS.forEach((reason, r) => {
    add('foglets_messages_lost_total', totals.dropped[r], { reason });
  });
  add('foglets_messages_in_flight', totals.inFlight);
  CAUSES.forEach((cause, c) => {
    add('foglets_failures_total', totals.failures[c], { cause });
  });
  add('foglets_healed_total', totals.healed);
  add('foglets_recovery_seconds_count', totals.healed);
  add('foglets_recovery_seconds_sum', totals.recoverySum);
  totals.alive.forEach((count, level) => {
    add('foglets_alive', count, { level: String(level) });
    add('foglets_failed', totals.failed[level], { level: String(level) });
  });
  for (const [event, counter] of Object.entries(COUNTED_EVENTS)) {
    add(counter, totals.events[event] ?? 0);
  }
  add('telemetry_events_total', sum(Object.values(totals.events)));
  return series;
}

/** Returns a stable text for a series: its name with sorted labels. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels).sort();
  return `${name}{${pairs.map((label) => `${label}=${labels[label]}`).join(',')}}`;
}
