import type { FamilyDefinition, MetricType } from '../model.ts';
import type { MergedFamily } from './merged-family.ts';
import type { SeriesTable } from './series-table.ts';

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
    this.#count(DURATION, [], observation(0));
    this.metrics(0);
    for (const family of [EXPORTS, EVENTS, EVENTS_DROPPED, ERRORS, OVERFLOW, EXPIRED]) {
      this.#define(family);
    }
    this.stall(0);
  }

  /** Counts a collection run that took `seconds`. */
  run(seconds: number): void {
    this.#count(RUNS);
    const bound = DURATION_BUCKETS.find((bound) => seconds <= bound);
    this.#count(DURATION, [], observation(seconds, bound ?? Infinity));
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

  eventsDropped(count: number): void {
    this.#count(EVENTS_DROPPED, [], [count]);
  }

  overflow(metric: string): void {
    this.#count(OVERFLOW, [metric]);
  }

  expired(metric: string, count: number): void {
    this.#count(EXPIRED, [metric], [count]);
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

  #set(definition: FamilyDefinition, value: number): void {
    const family = this.#define(definition);
    family.set(this.#table.series(family, [], false), value);
  }

  #define(definition: FamilyDefinition): MergedFamily {
    return this.#table.define(definition)!;
  }
}

/** Returns a block of the histogram of durations: the sum, and 1 in the bucket of that bound, or in none. */
function observation(seconds: number, bucket?: number): number[] {
  return [seconds, ...[...DURATION_BUCKETS, Infinity].map((bound) => (bound === bucket ? 1 : 0))];
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
