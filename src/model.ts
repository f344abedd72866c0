/**
 * The words that all rooms of the code share. This file imports nothing.
 */

/** The kinds of metric, with the names that the exposition formats use. */
export const MetricType = {
  /** A total that only grows. */
  Counter: 'counter',
  /** A value that goes up and down. */
  Gauge: 'gauge',
  /** Observations, counted in buckets. */
  Histogram: 'histogram',
  /** Observations, as quantiles over a sliding window. */
  Summary: 'summary',
  /** Facts that stand in labels. */
  Info: 'info',
  /** States, each of which is on or off. */
  StateSet: 'stateset',
} as const;
/** One of the types of metric. */
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

/** The `Content-Type` of each format. */
export const CONTENT_TYPES = {
  /** The type of what `formatPrometheus` resolves to, and of scrapes. */
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  /** The type of what `formatOpenMetrics` resolves to, and of scrapes that ask for it. */
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  /** The type of scrapes that ask for protobuf: messages, each with its length before it. */
  protobuf:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  /** The type of what `formatJSON` resolves to, and of scrapes that ask for JSON. */
  json: 'application/json; charset=utf-8',
} as const;

/** The labels of one series: a value for each name. */
export type Labels = Readonly<Record<string, string>>;

/** What may be given as a label value; numbers and booleans become strings. */
export type LabelValue = string | number | boolean;

/** How the values that several threads hold of one gauge become one value. */
export type Combine = 'sum' | 'last' | 'min' | 'max' | 'mean';

/** What is known of a metric family apart from its series. */
export interface FamilyHead {
  /** The name, as it was registered. */
  readonly name: string;
  /** What is measured, in words: the help text of the exposition. */
  readonly description: string;
  /** One of `MetricType`, or the type of a kind that came later. */
  readonly type: MetricType | (string & {});
  /** The unit of the values, e.g. `seconds`; empty if none was given. */
  readonly unit: string;
  /** The names of the labels that tell its series apart. */
  readonly labelNames: readonly string[];
  /** Constant labels, the same on every series of the family. */
  readonly labels: Labels;
}

/** Defines a metric family and how its cells are read. */
export interface FamilyDefinition<S extends object = object> extends FamilyHead {
  /** What only its kind knows, e.g. how a gauge combines, or the buckets of a histogram. It must fit JSON. */
  readonly shape: S;
  /** A series that nobody has recorded for so many seconds goes. Absent if they stay. */
  readonly expireAfter?: number | undefined;
}

/** The labels that identify a series. It is the same object in every snapshot while the series exists. */
export interface SeriesLabels {
  /** The label names of the family; the overflow series has its own. */
  readonly labelNames: readonly string[];
  /** One value for each of `labelNames`; well-formed Unicode. */
  readonly labelValues: readonly string[];
  /** What an instrument of OpenTelemetry has said of it. Absent if none has recorded it. */
  readonly instrumented?: Instrumented | undefined;
}

/** The value of an attribute of OpenTelemetry. */
export type AttributeValue = string | number | boolean | readonly AttributeValue[];
export type Attribute = readonly [key: string, value: AttributeValue];

/** A series as OpenTelemetry knows it, of which its labels are a translation. */
export interface Instrumented {
  /** The same object for all series of an instrument in a family. */
  readonly instrument: Instrument;
  /** The attributes, before they became labels. */
  readonly attributes: readonly Attribute[];
}

export interface Instrument {
  /** The name, as the application has given it. */
  readonly name: string;
  /** As UCUM has it. */
  readonly unit: string;
  /** What it measures, in words. */
  readonly description: string;
  /** Whether its values are whole numbers. */
  readonly isInteger: boolean;
  /** Whether it is a gauge of ours whose values add up, as those of an up-down counter do. */
  readonly isSum: boolean;
  /** Whether it is none, and the attributes are those of the resource. */
  readonly isResource: boolean;
  /** Who has made it. */
  readonly scope: InstrumentationScope;
}

/** https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/ */
export interface InstrumentationScope {
  /** The name of the library or module that records. */
  readonly name: string;
  /** Its version; empty if none was given. */
  readonly version: string;
  /** The URL of the schema that its names follow; empty if none was given. */
  readonly schemaUrl: string;
  /** Further attributes of the scope. */
  readonly attributes: readonly Attribute[];
}

/** What a series consists of. This, and not the kind of metric, is what a format must know. */
export type SeriesData =
  /** One number. */
  | { readonly data: 'number' }
  /**
   * The sum of the observations, and then their number in each bucket, not cumulative, `+Inf` last. The count
   * of all is the sum of these. `buckets` are the upper bounds in ascending order, without `+Inf`.
   */
  | { readonly data: 'buckets'; readonly buckets: readonly number[] }
  /**
   * The sum of all observations, their number, and then the value at each of `quantiles` (from 0 to 1,
   * ascending) among the recent ones; NaN if there were none.
   */
  | { readonly data: 'quantiles'; readonly quantiles: readonly number[] }
  /** 1 or 0 for each of `states`: whether the series is in that state. */
  | { readonly data: 'states'; readonly states: readonly string[] };

/**
 * A histogram whose buckets follow from a formula: bucket `i` has the observations above `b ** (i - 1)` and up
 * to `b ** i`, where `b` is `2 ** 2 ** -schema`. Prometheus calls it native, OpenTelemetry exponential.
 * https://prometheus.io/docs/specs/native_histograms/
 */
export interface NativeHistogram {
  /** From -4 to 8. With each step up there are twice as many buckets. */
  readonly schema: number;
  /** The zero bucket has the observations from `-zeroThreshold` up to `zeroThreshold`. */
  readonly zeroThreshold: number;
  /** How many observations the zero bucket has. */
  readonly zeroCount: number;
  /** The buckets of the observations above the zero bucket. */
  readonly positive: NativeBuckets;
  /** Bucket `i` has the observations whose negation would be in the positive bucket `i`. */
  readonly negative: NativeBuckets;
  /**
   * Present if it was worked out from others, as what rules record is, so that its counts may be fractions. Says whether
   * they may fall, as those of a gauge.
   */
  readonly floats?: { readonly mayFall: boolean } | undefined;
}

/** Buckets that follow one another. */
export interface NativeBuckets {
  /** The number of the first bucket. */
  readonly offset: number;
  /** How many observations are in each; not cumulative. */
  readonly counts: ArrayLike<number>;
  /** How many observations were infinite. Their bucket is the one behind that of the greatest finite number. */
  readonly infinite?: number | undefined;
}

/** An observation as an example of what a series has counted, such as one that a trace tells more of. */
export interface Exemplar {
  /** What leads to the example, such as `trace_id`. */
  readonly labels: Labels;
  /** The value that was recorded with it, in the unit of the metric. */
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The most characters that the names and values of an exemplar's labels may have: OpenMetrics says so. */
export const MAX_EXEMPLAR_CHARACTERS = 128;
/** The most exemplars that are sent at a time. */
export const MAX_SENT_EXEMPLARS = 1000;

/** A family with its series, as read in one collection run or scrape. */
export type MetricFamily = FamilyHead &
  SeriesData & {
    /** The series. It is the same list in every snapshot while the series are the same. */
    readonly series: readonly SeriesLabels[];
    /** The numbers of one series after the other, `numbersPerSeries` each. */
    readonly values: Float64Array;
    /**
     * The native buckets of each series, if the family has any. Its data is `buckets` then. If it has no
     * other buckets, that list is empty.
     */
    readonly natives?: readonly NativeHistogram[] | undefined;
    /**
     * Whether it was worked out from others, as what rules record is. It is shown and exported, but parts do not
     * see it in what was sampled: whoever keeps samples has these already.
     */
    readonly isDerived?: boolean | undefined;
    /** Since when each series counts: seconds since 1970; 0 if that is not known. */
    readonly created?: ArrayLike<number> | undefined;
    /** For series that have any: an exemplar for each bucket, or the only one. */
    readonly exemplars?: ReadonlyMap<SeriesLabels, readonly (Exemplar | undefined)[]> | undefined;
  };

/** Returns how many numbers `values` holds for each series. */
export function numbersPerSeries(family: SeriesData): number {
  if (family.data === 'buckets') return family.buckets.length + 2;
  if (family.data === 'quantiles') return family.quantiles.length + 2;
  return family.data === 'states' ? family.states.length : 1;
}

/** Everything that the collector knew at one moment. Formats see nothing else. */
export interface Snapshot {
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The families. Their `labels` include the collector's constant labels. */
  readonly families: readonly MetricFamily[];
  /** How many events the log holds. */
  readonly eventsCount: number;
  /** Whether periodic collection is on. */
  readonly running: boolean;
  /**
   * Only for exporters of events: those that are exported with it, the oldest first, each
   * `[name,timestamp,value,labels,metadata]` as JSON.
   */
  readonly events?: readonly string[] | undefined;
}

/** A recorded event. */
export interface TelemetryEvent {
  /** The type of the event: hooks of this name are called. */
  readonly name: string;
  /** What was recorded, as a copy. */
  readonly value: unknown;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The labels of the event; empty if none were given. */
  readonly labels: Labels;
  /** What else was given with it; empty if nothing was. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What has become of an export, or of a part of it. */
export interface DeliveryReport {
  /** The `exporter` label of `telemetry_exports_total`. */
  readonly exporter: string;
  /** Where it goes, without what may be secret. Absent for exporters of the application. */
  readonly destination?: string | undefined;
  /**
   * `delivered`: it has arrived. `failed`: it has not; if the exporter has a queue, it waits there. `dropped`: some
   * of it is lost.
   */
  readonly outcome: 'delivered' | 'failed' | 'dropped';
  /** Why it was dropped. */
  readonly reason?: 'refused' | 'full' | 'expired' | 'ended' | undefined;
  /** How many were dropped, and of what. */
  readonly count?: number | undefined;
  /** What `count` counts. */
  readonly what?: 'series' | 'events' | 'spans' | undefined;
  /** What went wrong, with the words of the server if it said any. */
  readonly message?: string | undefined;
}

/** What an `'alert'` hook is told each time an alert changes its state. */
export interface AlertReport {
  /** The name of the rule. */
  readonly name: string;
  /** `resolved`: it has fired and is over. `inactive`: it is over before it has fired. */
  readonly state: 'pending' | 'firing' | 'resolved' | 'inactive';
  /** The labels of the alert, `alertname` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The annotations of the rule, with their templates filled in. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The value of the expression when it was last true. */
  readonly value: number;
  /** Since when the expression has been true: seconds since 1970. */
  readonly activeAt: number;
}

/** What an `'anomaly'` hook is told when a value that is watched reaches the threshold. */
export interface AnomalyReport {
  /** The name of the watch. */
  readonly watch: string;
  /** The labels of the series. */
  readonly labels: Labels;
  /** From 0 to 1. */
  readonly score: number;
  /** The value that was expected, in the unit of the metric. */
  readonly expected: number;
  /** Between these two values are usual. */
  readonly low: number;
  /** The upper one. */
  readonly high: number;
  /** The value that was found. */
  readonly value: number;
  /** Since when values have not been usual: seconds since 1970. */
  readonly since: number;
  /** All of it in sentences, and which other series that are watched moved at the same time. */
  readonly text: string;
}

/** What a `'collection'` hook is told after each collection run. */
export interface CollectionRun {
  /** How many seconds the run took, with waiting: for threads that are busy, and for the storage. */
  readonly duration: number;
  /**
   * Of these, how many seconds the collector worked: it read what threads say of their series, read the cells, and gave
   * them to features. Nobody reads cells in a run if no feature needs them.
   */
  readonly collector_seconds: number;
  /**
   * How many seconds this thread has worked for the collector since it was told of the run before: `collect` callbacks,
   * copies of cells, hooks. What is asynchronous counts until it first waits.
   */
  readonly thread_seconds: number;
  /** How many metric families there are. */
  readonly metrics_count: number;
  /** How many events are kept. */
  readonly events_count: number;
}

/** A reset or removal of series in one thread that the collector and all other threads must repeat. */
export interface Erasure {
  /** `clear` removes all series of a family and keeps the family. */
  readonly what: 'reset' | 'remove' | 'clear';
  /** The family that is meant; every family if it is absent. */
  readonly family?: string | undefined;
  /**
   * The labels of the series that is meant. If they are absent, every series is meant, and `remove` also
   * removes the family.
   */
  readonly labelValues?: readonly string[] | undefined;
  /** A number of 32 bits, not 0. An erasure may arrive twice, and must be done once. */
  id?: number;
}

/** A series that nobody has recorded for as long as its metric allows. */
export interface IdleSeries {
  readonly family: string;
  readonly labelValues: readonly string[];
  /** Where its block is: the series may have been removed and made again since. */
  readonly address: number;
  /** What its kind said of the block of this thread when the collector looked: see `activity` of `Kind`. */
  readonly activity: number;
}

/** Whether an erasure resets everything that was recorded before it. */
export function isOfAll({ what, family }: Erasure): boolean {
  return what === 'reset' && family === undefined;
}

export function erasureId(): number {
  return 1 + Math.floor(Math.random() * (2 ** 32 - 1));
}

/** The groups of ready-made metrics of a runtime. */
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

/** How a recording thread and the collector are connected. */
export type LinkKind = 'shared' | 'message' | 'inline';

/** One end of a `MessageChannel`. It is the web's type, or Node's if there is no other. */
export type ThreadPort = InstanceType<typeof MessagePort>;

/** The console-like sink for warnings and errors. */
export interface Logger {
  /** Takes what helps to find a fault. It need not be there. */
  debug?(message: string): void;
  /** Takes what is worth knowing. It need not be there. */
  info?(message: string): void;
  /** Takes a warning: something was refused, or is done in another way. */
  warn(message: string): void;
  /** Takes an error: something was lost or could not be done. */
  error(message: string): void;
}

/** Returns any value as text, e.g. something thrown, which need not be an error. Never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** Returns the message of what was thrown, which need not be an error. Never throws. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : textOf(thrown);
}

/** Returns a short text that shows a value which a caller gave, for an error message. Never throws. */
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

/** The library's own families. The series limit does not apply to them, and they are exposed last. */
export const OWN_METRICS: readonly string[] = [
  'telemetry_events_total',
  'telemetry_events_dropped_total',
  'telemetry_errors_total',
  'telemetry_series_overflow_total',
  'telemetry_series_expired_total',
  'telemetry_collection_runs_total',
  'telemetry_metrics_count',
  'telemetry_collection_duration_seconds',
  'telemetry_exports_total',
  'telemetry_delivery_queue_bytes',
  'telemetry_delivery_queue_requests',
  'telemetry_delivery_queue_age_seconds',
  'telemetry_delivery_seconds',
  'telemetry_delivery_dropped_series_total',
  'telemetry_main_thread_stall_seconds',
];

/** The label name of the overflow series, which takes what the series limit refuses. */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/**
 * A mistake in how the library was called, with the remedy in its message.
 * @example
 * ```ts
 * import { TelemetryCollector, TelemetryError } from 'utilityfog-telemetry';
 *
 * const collector = new TelemetryCollector();
 * try {
 *   collector.registerCounter('no spaces', 'A bad name');
 * } catch (error) {
 *   if (error instanceof TelemetryError) console.log(error.code);
 * }
 * // -> invalid_name
 * ```
 */
export class TelemetryError extends Error {
  /** Tells the class apart where `instanceof` cannot, as between two copies of the package. */
  override readonly name = 'TelemetryError';
  /** A code for programs, which stays the same, e.g. `invalid_name`, `duplicate_metric`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The most items that a list in a message may have. Honest ones have far fewer. */
const MOST_ITEMS = 1_048_576;

/**
 * Whether `value` is a list without holes, with items that `test` accepts. A message of a few bytes may hold
 * a list with thousands of millions of holes.
 */
export function isListOf(
  test: (item: unknown) => boolean,
  value: unknown,
  most = MOST_ITEMS,
): value is unknown[] {
  if (!Array.isArray(value) || value.length > most) return false;
  // `every` would skip holes.
  for (let i = 0; i < value.length; i++) if (!test(value[i])) return false;
  return true;
}

/**
 * Adds `item` to the newest `most` items that are known. Returns whether it was not among them. They are a
 * set and not a list, since there may be thousands.
 */
export function isNew<T>(known: Set<T>, item: T, most: number): boolean {
  if (known.has(item)) return false;
  known.add(item);
  const [oldest] = known;
  if (known.size > most) known.delete(oldest!);
  return true;
}
