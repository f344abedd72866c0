import type { BoundSeries, MetricHost, Refusal } from '../kinds/bound-series.ts';
import { type Counter, recordingCounter } from '../kinds/counter/recording.ts';
import { defineFamily } from '../kinds/definition.ts';
import type { ExemplarOptions } from '../kinds/exemplars.ts';
import { recordingHistogram } from '../kinds/histogram/recording.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Metric } from '../kinds/metric.ts';
import type { NameRule } from '../kinds/names.ts';
import type { MetricOptions, RecordingKind } from '../kinds/recording-kind.ts';
import { asWritten, TakenNames } from '../kinds/taken-names.ts';
import {
  type Erasure,
  erasureId,
  type FamilyDefinition,
  type IdleSeries,
  type Logger,
  OWN_METRICS,
  TelemetryError,
  textOf,
} from '../model.ts';
import { checked, OBJECT, readOption } from '../options.ts';
import { PageAllocator } from '../pages/page-allocator.ts';
import type { CatalogueVisitor } from '../pages/thread-reader.ts';
import { jsonText, onRejection, ownFields } from '../platform/realm.ts';
import { ExemplarOutbox, type ExemplarSending } from './exemplar-outbox.ts';

/** The one option that all metrics look at, with the type that suits every kind. */
type Collecting = { readonly collect?: ((metric: never) => unknown) | undefined };

/** A metric of any kind. */
export type SomeMetric = Metric<string, BoundSeries>;

export interface RegistryOptions extends ExemplarSending {
  /** Whether the collector may read the cells from its worker. */
  readonly shared: boolean;
  readonly seriesLimit: number;
  /** After how many seconds series go that nobody records, unless a metric says otherwise. */
  readonly expireAfter?: number | undefined;
  /** Which names metrics and labels may have; `legacy` unless given. */
  readonly names?: NameRule | undefined;
  readonly onDuplicate?: 'throw' | 'reuse' | undefined;
  readonly strict?: boolean | undefined;
  readonly logger: Logger;
  /** Is called when the application has registered a metric, and so is about to record something. */
  readonly onRegister: (definition: FamilyDefinition) => void;
  /** Is called when the application erases something, here and in other threads. */
  readonly onErasure: (erasure: Erasure) => void;
}

const QUIET_MS = 60_000;

/** The metrics of one thread. */
export class Registry implements MetricHost {
  readonly cells: PageAllocator;
  catalogue: CatalogueVisitor | undefined;
  readonly metrics = new Map<string, SomeMetric>();
  /** What is to be called before the metrics are read, for several of them. */
  readonly callbacks = new Set<() => unknown>();
  /** The names of samples that are taken, with the names of their families. */
  readonly #taken = new TakenNames<string>();
  readonly events: Counter<never>;
  readonly eventsDropped: Counter<never>;
  readonly #errors: Counter<'reason'>;
  readonly #overflows: Counter<'metric'>;
  readonly exemplars: ExemplarOutbox;
  readonly #own: readonly SomeMetric[];
  readonly #options: RegistryOptions;
  readonly #lastReport = new Map<string, number>();
  /** Resolves when the code is there that some metric waits for. Absent if none does. */
  late: Promise<void> | undefined;
  #nextId = 0;
  /** A change applies to series that are made after it. */
  seriesLimit: number;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.seriesLimit = options.seriesLimit;
    this.cells = new PageAllocator(options.shared);
    this.exemplars = new ExemplarOutbox(this, options);
    // One of them is a histogram. Only the collector knows which, so each takes the names of a histogram.
    for (const name of OWN_METRICS) this.#taken.add(name, name, recordingHistogram);
    // They have no description here: the collector describes them, and has them from its start.
    const ofOurs = (name: string, labelNames: string[] = []) =>
      this.#make(
        recordingCounter,
        defineFamily(recordingCounter, name, '', ownFields({ labelNames })),
      );
    this.events = ofOurs('telemetry_events_total') as Counter<never>;
    this.eventsDropped = ofOurs('telemetry_events_dropped_total') as Counter<never>;
    this.#errors = ofOurs('telemetry_errors_total', ['reason']);
    this.#overflows = ofOurs('telemetry_series_overflow_total', ['metric']);
    this.#own = [this.events, this.eventsDropped, this.#errors, this.#overflows];
  }

  /** @throws TelemetryError when the definition is not sound or the name is taken */
  register<M extends SomeMetric, S extends object>(
    kind: RecordingKind<M, S>,
    name: string,
    description: string,
    given: MetricOptions | null | undefined,
  ): M {
    const warn = (message: string) => this.warn(message, message, Infinity);
    const { options, definition } = readOption(textOf(name), () => {
      const all: MetricOptions & Collecting = given ?? {};
      const { expireAfter, names } = this.#options;
      const define = (options: MetricOptions) =>
        defineFamily(kind, name, description, options, names);
      if (!OBJECT[0](all)) return { options: all, definition: define(all) };
      const options = checked(textOf(name), all, kind.options, warn);
      options.expireAfter ??= expireAfter;
      return { options, definition: define(options) };
    });
    const existing = this.metrics.get(name);
    const reused = this.#options.onDuplicate === 'reuse' ? existing : undefined;
    if (!reused) this.#checkFree(kind, name);
    else if (!sameDefinition(reused.definition, definition)) {
      throw new TelemetryError(
        'definition_conflict',
        `${name} is registered with another definition; unregister it or use another name`,
      );
    }
    const metric = (reused as M | undefined) ?? this.#make(kind, definition, options);
    // A metric that began without such a function has series that never ask for exemplars.
    metric.exemplars &&= (options as ExemplarOptions).exemplars ?? metric.exemplars;
    this.metrics.set(name, metric);
    this.#taken.add(name, name, kind);
    metric.collectWith(options);
    this.#options.onRegister(definition);
    return metric;
  }

  /** Removes a metric in every thread. Returns `false` if there is none here. */
  unregister(name: string): boolean {
    const id = erasureId();
    const existed = this.close(name, id);
    if (existed) this.erased({ what: 'remove', family: name, id });
    return existed;
  }

  /**
   * Removes a metric in this thread. Returns `false` if there is none.
   * @param erased the id of the erasure if other threads remove the metric, too; else 0
   */
  close(name: string, erased: number): boolean {
    const metric = this.metrics.get(name);
    if (!metric) return false;
    metric.close(erased);
    this.#taken.delete(name, metric.kind);
    return this.metrics.delete(name);
  }

  /** @returns a function that removes the callback */
  onCollect(callback: () => unknown): () => void {
    this.callbacks.add(callback);
    // The collector asks a thread before it reads if a family of the thread has a callback. This one has
    // no other, and it is always there.
    this.events.collectWith({ collect: callback });
    return () => this.callbacks.delete(callback);
  }

  /** Lets series go that nobody has recorded for long. */
  expire(idle: readonly IdleSeries[]): void {
    for (const series of idle) this.metrics.get(series.family)?.expire(series);
  }

  resetAll(): void {
    for (const metric of this.all) metric.resetSeries();
    this.erased({ what: 'reset' });
  }

  /** All metrics of this thread, with the library's own. */
  get all(): readonly SomeMetric[] {
    return [...this.#own, ...this.metrics.values()];
  }

  /** Tells the catalogue of all families and series, now and from now on. */
  attach(catalogue: CatalogueVisitor): void {
    this.catalogue = catalogue;
    for (const metric of this.all) metric.publish(true);
  }

  /** @throws RangeError when the collector is strict */
  refuse(metric: string, reason: Refusal, detail: string, lost = true): void {
    if (lost) this.#errors.increment(1, { reason });
    this.warn(`${metric}: ${detail}`, `${metric} ${reason}`);
    if (this.#options.strict) throw new RangeError(`${metric}: ${detail}`);
  }

  /** Counts a failure, and warns of it at most once a minute per `topic`. Never throws. */
  fail(reason: string, message: string, topic = reason): void {
    // The series is found by its values, not by an object of labels: what makes the labels of others
    // unreadable would make this fail, too, without end.
    this.#errors.of([reason]).increment();
    this.warn(message, topic);
  }

  /** Logs a warning, at most once per `topic` in `quiet` milliseconds. Never throws. */
  warn(message: string, topic = message, quiet = QUIET_MS): void {
    const now = Date.now();
    if (now - (this.#lastReport.get(topic) ?? -Infinity) < quiet) return;
    if (this.#lastReport.size > 1000) this.#lastReport.clear();
    this.#lastReport.set(topic, now);
    this.log('warn', message);
  }

  /** Never throws: a logger that fails must not make the recording fail. */
  log(level: 'warn' | 'info', message: string): void {
    try {
      const logged: unknown = this.#options.logger[level]?.(`utilityfog-telemetry: ${message}`);
      onRejection(logged, () => {});
    } catch {}
  }

  overflowed(metric: string): void {
    this.#overflows.of([metric]).increment();
  }

  awaits(loading: Promise<void>): void {
    const late = Promise.all([this.late, loading]).then(() => {
      if (this.late === late) this.late = undefined;
    });
    this.late = late;
  }

  erased(erasure: Erasure): void {
    this.#options.onErasure(erasure);
  }

  #checkFree(kind: Kind, name: string): void {
    const [taken] = this.#taken.owners(name, kind);
    if (!taken) return;
    const [owner, written] = taken;
    if (owner !== name) {
      throw new TelemetryError(
        'name_conflict',
        `${name} and ${owner} write the same samples${asWritten(written)}`,
      );
    }
    throw new TelemetryError(
      'duplicate_metric',
      this.metrics.has(name)
        ? `${name} is registered already; use getMetric(), or onDuplicate: 'reuse' for hot reload`
        : `${name} is the collector's own; use another name`,
    );
  }

  #make<M extends SomeMetric, S extends object>(
    kind: RecordingKind<M, S>,
    definition: FamilyDefinition<S>,
    options: Collecting & ExemplarOptions = {},
  ): M {
    const { exemplars } = options;
    const metric = new kind.metric(this, this.#nextId++, kind, definition, exemplars);
    // Its value is unknown until the callback comes back, and 0 would be a lie.
    metric.isSilent = !!options.collect;
    metric.publish();
    metric.open();
    return metric;
  }
}

function sameDefinition(a: FamilyDefinition, b: FamilyDefinition): boolean {
  const [one, two] = [a, b].map((definition) =>
    jsonText({ ...definition, labels: Object.entries(definition.labels).sort() }),
  );
  return one === two;
}
