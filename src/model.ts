/**
 * The words every room of the code shares. Imports nothing.
 */

/** The kinds of metric, with the names that the exposition formats use. */
export const MetricType = {
  Counter: 'counter',
  Gauge: 'gauge',
  Histogram: 'histogram',
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** The media type of each format, as `Content-Type` has it. */
export const CONTENT_TYPES = {
  /** Of `formatPrometheus` and scrapes. */
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  /** Of `formatJSON`, and of scrapes that ask for it. */
  json: 'application/json; charset=utf-8',
} as const;

/** Label names to label values of one series. */
export type Labels = Readonly<Record<string, string>>;

/** What may stand as a label value; numbers and booleans become strings. */
export type LabelValue = string | number | boolean;

/** How the values that several threads hold of one gauge become one value. */
export type Combine = 'sum' | 'last' | 'min' | 'max' | 'mean';

/** What is said about a metric family before its series. */
export interface FamilyHead {
  readonly name: string;
  readonly description: string;
  /** One of `MetricType`, or of kinds that came later. */
  readonly type: string;
  /** Unit of the values, e.g. `seconds`; empty when not given. */
  readonly unit: string;
  readonly labelNames: readonly string[];
  /** Constant labels, the same on every series of the family. */
  readonly labels: Labels;
}

/** What identifies a metric family and says how to read its cells. */
export interface FamilyDefinition<S extends object = object> extends FamilyHead {
  /** What only its kind knows: how a gauge combines, the buckets of a histogram. JSON. */
  readonly shape: S;
}

/** Which series of its family one is: the same object in every snapshot while the series is there. */
export interface SeriesLabels {
  /** The family's label names, or the overflow series' own. */
  readonly labelNames: readonly string[];
  /** One value for each of `labelNames`; well-formed Unicode. */
  readonly labelValues: readonly string[];
}

/** What a series consists of. This, and not the kind of metric, is what a format must know. */
export type SeriesData =
  /** One number. */
  | { readonly data: 'number' }
  /**
   * The sum, and then the observations per bucket, not cumulative, `+Inf` last. The count is their sum.
   * `buckets` are the upper bounds in ascending order, without `+Inf`.
   */
  | { readonly data: 'buckets'; readonly buckets: readonly number[] };

/** A family with its series, as read in one collection run or scrape. */
export type MetricFamily = FamilyHead &
  SeriesData & {
    /** The same list in every snapshot while there are the same series. */
    readonly series: readonly SeriesLabels[];
    /** One series after the other, `numbersPerSeries` for each. */
    readonly values: Float64Array;
  };

export function numbersPerSeries(family: SeriesData): number {
  return family.data === 'buckets' ? family.buckets.length + 2 : 1;
}

/** Everything the collector knew at one moment; the only thing that formats see. */
export interface Snapshot {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** `labels` of a family already include the collector's constant labels. */
  readonly families: readonly MetricFamily[];
  /** Events held in the log. */
  readonly eventsCount: number;
  /** Whether periodic collection is on. */
  readonly running: boolean;
}

/** A recorded event. */
export interface TelemetryEvent {
  readonly name: string;
  readonly value: unknown;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly labels: Labels;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a `'collection'` hook is told after each collection run. */
export interface CollectionRun {
  /** Seconds that the run took. */
  readonly duration: number;
  readonly metrics_count: number;
  readonly events_count: number;
}

/** Something that happened to series in one thread and concerns every other. */
export interface Erasure {
  /** `clear`: all series of the family go, and the family stays. */
  readonly what: 'reset' | 'remove' | 'clear';
  /** Without it: every family. */
  readonly family?: string | undefined;
  /** Without them: every series, and when removing the family itself. */
  readonly labelValues?: readonly string[] | undefined;
  /** Since it may be heard of twice, and must be done once: of 32 bits, and not 0. */
  id?: number;
}

/** Whether it leaves nothing of what was recorded before it. */
export function isOfAll({ what, family }: Erasure): boolean {
  return what === 'reset' && family === undefined;
}

export function erasureId(): number {
  return 1 + Math.floor(Math.random() * (2 ** 32 - 1));
}

/** The ready-made metrics of a runtime that belong together. */
export type RuntimeGroup =
  | 'process'
  | 'memory'
  | 'files'
  | 'resources'
  | 'eventLoop'
  | 'garbageCollection'
  | 'version'
  | 'frames'
  | 'longTasks'
  | 'pageLoad';

/** How the recording thread and the collector meet. */
export type LinkKind = 'shared' | 'message' | 'inline';

/** One end of a `MessageChannel`: the web's type, or Node's where there is no other. */
export type ThreadPort = InstanceType<typeof MessagePort>;

/** The console-like sink for warnings and errors. */
export interface Logger {
  debug?(message: string): void;
  info?(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Anything in words; what was thrown need not be an error. Never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** What was given, in brief, for a message that says what was meant. Never throws. */
export function shown(value: unknown): string {
  try {
    if (typeof value !== 'object' || value === null) {
      const text = textOf(value).slice(0, 40);
      return typeof value === 'string' ? `"${text}"` : text;
    }
    if (Array.isArray(value)) return `[${textOf(value).slice(0, 40)}]`;
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${typeof item}`);
    return `{ ${entries.join(', ').slice(0, 80)} }`;
  } catch {
    return typeof value;
  }
}

/** The families that the library keeps for itself: outside the series limit, last when exposed. */
export const OWN_METRICS: readonly string[] = [
  'telemetry_events_total',
  'telemetry_events_dropped_total',
  'telemetry_errors_total',
  'telemetry_series_overflow_total',
  'telemetry_collection_runs_total',
  'telemetry_metrics_count',
  'telemetry_collection_duration_seconds',
  'telemetry_exports_total',
  'telemetry_main_thread_stall_seconds',
];

/** The label name of the series that takes what the series limit refuses. */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/** A mistake in how the library was called, with the remedy in its message. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  /** Stable, for programs: e.g. `invalid_name`, `duplicate_metric`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Items of a list in a message. Honest ones have far fewer. */
const MOST_ITEMS = 1_048_576;

/**
 * Whether it is a list of what `test` accepts, without holes, of which a message of a few bytes may bring
 * thousands of millions.
 */
export function isListOf(
  test: (item: unknown) => boolean,
  value: unknown,
  most = MOST_ITEMS,
): value is unknown[] {
  if (!Array.isArray(value) || value.length > most) return false;
  // Not with `every`, which passes over holes.
  for (let i = 0; i < value.length; i++) if (!test(value[i])) return false;
  return true;
}

/** Whether it is not among the newest that are known, and from now on is. Not a list: there may be thousands. */
export function isNew<T>(known: Set<T>, item: T, most: number): boolean {
  if (known.has(item)) return false;
  known.add(item);
  const [oldest] = known;
  if (known.size > most) known.delete(oldest!);
  return true;
}
