import type { QueueState } from '../delivery/push.ts';
import type { FamilyDefinition, MetricType } from '../model.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';

/** Up to the time for which something may wait. Seconds. */
const DELIVERY_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const DURATION_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** What the collector counts itself. The recording threads count theirs on their own pages. */
export class OwnMetrics {
  readonly #table: SeriesTable;

  readonly #started: number;

  /** @param started now: seconds since 1970 */
  constructor(table: SeriesTable, started: number) {
    this.#table = table;
    this.#started = started;
    // Each metric is there from the start, at 0.
    this.#count(RUNS, [], [0]);
    this.#count(DURATION, [], [0, ...DURATION_BUCKETS.map(() => 0), 0]);
    this.metrics(0);
    for (const family of [EXPORTS, EVENTS, EVENTS_DROPPED, ERRORS, OVERFLOW, EXPIRED]) {
      this.#define(family);
    }
    this.stall(0);
  }

  /** Counts a collection run that took `seconds`. */
  run(seconds: number): void {
    this.#count(RUNS);
    this.#count(DURATION, [], observation(seconds, DURATION_BUCKETS));
  }

  metrics(count: number): void {
    this.#set(METRICS, count);
  }

  /** Sets for how many seconds the measured thread's heartbeat has been silent. */
  stall(seconds: number): void {
    this.#set(STALL, seconds);
  }

  export(exporter: string, succeeded: boolean): void {
    this.#count(EXPORTS, [exporter, succeeded ? 'success' : 'failure']);
  }

  error(reason: string): void {
    this.#count(ERRORS, [reason]);
  }

  /** Counts an event that a part has recorded. */
  event(): void {
    this.#count(EVENTS);
  }

  eventsDropped(count: number): void {
    this.#count(EVENTS_DROPPED, [], [count]);
  }

  overflow(metric: string): void {
    this.#count(OVERFLOW, [metric]);
  }

  expired(metric: string, count: number): void {
    this.#count(EXPIRED, [metric], [count]);
  }

  /** Shows what waits to be delivered. Exporters of one name count together. */
  queues(states: readonly QueueState[]): void {
    for (const exporter of new Set(states.map((state) => state.exporter))) {
      const own = states.filter((state) => state.exporter === exporter);
      const sum = (of: (state: QueueState) => number) => own.reduce((all, one) => all + of(one), 0);
      this.#set(
        QUEUE_BYTES,
        sum(({ bytes }) => bytes),
        [exporter],
      );
      this.#set(
        QUEUE_REQUESTS,
        sum(({ length }) => length),
        [exporter],
      );
      this.#set(QUEUE_AGE, Math.max(...own.map(({ age }) => age)), [exporter]);
    }
  }

  /** Counts a request that has arrived, so many seconds after it was queued. */
  delivery(exporter: string, seconds: number): void {
    this.#count(DELIVERY, [exporter], observation(seconds, DELIVERY_BUCKETS));
  }

  undelivered(exporter: string, reason: string, series: number): void {
    this.#count(UNDELIVERED, [exporter, reason], [series]);
  }

  #count(
    definition: FamilyDefinition,
    labelValues: readonly string[] = [],
    values: readonly number[] = [1],
  ): void {
    const family = this.#define(definition);
    const series = this.#table.series(family, labelValues, false);
    family.retain(series, values, undefined, this.#started);
  }

  #set(definition: FamilyDefinition, value: number, labelValues: readonly string[] = []): void {
    const family = this.#define(definition);
    family.set(this.#table.series(family, labelValues, false), value);
  }

  #define(definition: FamilyDefinition): MergedFamily {
    return this.#table.define(definition)!;
  }
}

/** Returns the block of a histogram that has observed that. */
function observation(seconds: number, buckets: readonly number[]): number[] {
  const bucket = buckets.find((bound) => seconds <= bound) ?? Infinity;
  return [seconds, ...[...buckets, Infinity].map((bound) => (bound === bucket ? 1 : 0))];
}

function ownFamily(
  type: MetricType,
  name: string,
  description: string,
  labelNames: readonly string[] = [],
  shape: object = {},
): FamilyDefinition {
  return { name, description, type, unit: '', labelNames, labels: {}, shape };
}

/** The shape of a gauge that is one value. */
const SUM = { combine: 'sum' };
const RUNS = ownFamily('counter', 'telemetry_collection_runs_total', 'Collection runs.');
const METRICS = ownFamily('gauge', 'telemetry_metrics_count', 'Metric families.', [], SUM);
const DURATION = ownFamily(
  'histogram',
  'telemetry_collection_duration_seconds',
  'Duration of collection runs in seconds.',
  [],
  { buckets: DURATION_BUCKETS },
);
const EXPORTS = ownFamily('counter', 'telemetry_exports_total', 'Exports by outcome.', [
  'exporter',
  'outcome',
]);
const STALL = ownFamily(
  'gauge',
  'telemetry_main_thread_stall_seconds',
  "Seconds since the measured thread's event loop last turned; 0 while it turns.",
  [],
  SUM,
);
const ERRORS = ownFamily('counter', 'telemetry_errors_total', 'Refusals and failures, by reason.', [
  'reason',
]);
const EVENTS = ownFamily('counter', 'telemetry_events_total', 'Events recorded.');
const EVENTS_DROPPED = ownFamily(
  'counter',
  'telemetry_events_dropped_total',
  'Events that were lost.',
);
const OVERFLOW = ownFamily(
  'counter',
  'telemetry_series_overflow_total',
  'Recordings that overflowed.',
  ['metric'],
);
const EXPIRED = ownFamily(
  'counter',
  'telemetry_series_expired_total',
  'Series that went because nobody recorded them.',
  ['metric'],
);
// These are there only if an exporter pushes.
const QUEUE_BYTES = ownFamily(
  'gauge',
  'telemetry_delivery_queue_bytes',
  'Bytes that wait to be delivered.',
  ['exporter'],
  SUM,
);
const QUEUE_REQUESTS = ownFamily(
  'gauge',
  'telemetry_delivery_queue_requests',
  'Requests that wait to be delivered.',
  ['exporter'],
  SUM,
);
const QUEUE_AGE = ownFamily(
  'gauge',
  'telemetry_delivery_queue_age_seconds',
  'How long the oldest request has waited to be delivered.',
  ['exporter'],
  SUM,
);
const DELIVERY = ownFamily(
  'histogram',
  'telemetry_delivery_seconds',
  'Time from when a request was queued to when it had arrived.',
  ['exporter'],
  { buckets: DELIVERY_BUCKETS },
);
const UNDELIVERED = ownFamily(
  'counter',
  'telemetry_delivery_dropped_series_total',
  'Series, events, or spans, that were given up before they arrived, by reason.',
  ['exporter', 'reason'],
);
