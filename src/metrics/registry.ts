import {
  type Erasure,
  erasureId,
  type FamilyDefinition,
  type Logger,
  type MetricType,
  OWN_METRICS,
  TelemetryError,
  textOf,
} from '../model.ts';
import { checked, OBJECT, type Rule, type Rules, reading } from '../options.ts';
import { PageAllocator } from '../pages/page-allocator.ts';
import type { CatalogueVisitor } from '../pages/thread-reader.ts';
import { jsonText, onRejection, own } from '../platform/realm.ts';
import type { MetricHost, Refusal } from './bound-series.ts';
import { Counter } from './counter.ts';
import {
  checkedKeepFor,
  defineFamily,
  type GaugeOptions,
  type HistogramOptions,
  type MetricOptions,
} from './definition.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';

/** Looked at as part of the definition. */
const ANY: Rule = [() => true, ''];
const EACH = { labels: ANY, labelNames: ANY, unit: ANY, collect: ANY };
const GAUGE: Rules<GaugeOptions> = { ...EACH, combine: ANY, keepFor: ANY };
const HISTOGRAM: Rules<HistogramOptions> = { ...EACH, buckets: ANY };
const OPTIONS: Readonly<Record<MetricType, object>> = {
  counter: EACH,
  gauge: GAUGE,
  histogram: HISTOGRAM,
};

export type AnyMetric = Counter | Gauge | Histogram;

export interface RegistryOptions {
  /** Whether the collector may read the cells from its worker. */
  readonly shared: boolean;
  readonly seriesLimit: number;
  readonly onDuplicate?: 'throw' | 'reuse' | undefined;
  readonly strict?: boolean | undefined;
  readonly logger: Logger;
  /** The application is about to record something. */
  readonly onRegister: () => void;
  /** The application has erased something, here and elsewhere. */
  readonly onErasure: (erasure: Erasure) => void;
}

const QUIET_MS = 60_000;
const KINDS = { counter: Counter, gauge: Gauge, histogram: Histogram };
const SUFFIX = /_(bucket|sum|count)$/;

/** The metrics of one thread. */
export class Registry implements MetricHost {
  readonly cells: PageAllocator;
  catalogue: CatalogueVisitor | undefined;
  readonly metrics = new Map<string, AnyMetric>();
  readonly events: Counter<never>;
  readonly eventsDropped: Counter<never>;
  readonly #errors: Counter<'reason'>;
  readonly #overflows: Counter<'metric'>;
  readonly #own: readonly Counter[];
  readonly #options: RegistryOptions;
  readonly #lastReport = new Map<string, number>();
  #nextId = 0;
  /** Applies to series made from now on. */
  seriesLimit: number;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.seriesLimit = options.seriesLimit;
    this.cells = new PageAllocator(options.shared);
    // Described in the collector, which has them from its first moment on.
    const ofOurs = (name: string, labelNames: string[] = []) =>
      this.#make(defineFamily('counter', name, '', own({ labelNames }))) as Counter;
    this.events = ofOurs('telemetry_events_total') as Counter<never>;
    this.eventsDropped = ofOurs('telemetry_events_dropped_total') as Counter<never>;
    this.#errors = ofOurs('telemetry_errors_total', ['reason']);
    this.#overflows = ofOurs('telemetry_series_overflow_total', ['metric']);
    this.#own = [this.events, this.eventsDropped, this.#errors, this.#overflows] as Counter[];
  }

  /** @throws TelemetryError when the definition is not sound or the name is taken */
  register(
    type: MetricType,
    name: string,
    description: string,
    given: (MetricOptions & { readonly collect?: unknown }) | null | undefined,
  ): AnyMetric {
    const warn = (message: string) => this.warn(message, message, Infinity);
    const { options, definition } = reading(textOf(name), () => {
      const all = (given ?? {}) as GaugeOptions;
      const options = OBJECT[0](all)
        ? checked(textOf(name), all, OPTIONS[type] as Rules<GaugeOptions>, warn)
        : all;
      return { options, definition: defineFamily(type, name, description, options) };
    });
    const existing = this.metrics.get(name);
    const reused = this.#options.onDuplicate === 'reuse' ? existing : undefined;
    if (!reused) this.#checkFree(definition);
    else if (!sameDefinition(reused.definition, definition)) {
      throw new TelemetryError(
        'definition_conflict',
        `${name} is registered with another definition; unregister it or use another name`,
      );
    }
    const collect = (options.collect ?? undefined) as (() => unknown) | undefined;
    const keepFor = checkedKeepFor(definition, options as GaugeOptions);
    const metric = reused ?? this.#make(definition, collect);
    this.metrics.set(name, metric);
    metric.collectWith(collect, keepFor);
    this.#options.onRegister();
    return metric;
  }

  /** `false` if there is no such metric. */
  unregister(name: string): boolean {
    const id = erasureId();
    const existed = this.close(name, id);
    if (existed) this.erased({ what: 'remove', family: name, id });
    return existed;
  }

  /** @param erased the number of the erasure, if other threads are to do so, too; else 0 */
  close(name: string, erased: number): boolean {
    const metric = this.metrics.get(name);
    metric?.close(erased);
    return this.metrics.delete(name);
  }

  resetAll(): void {
    for (const metric of this.all) metric.resetSeries();
    this.erased({ what: 'reset' });
  }

  /** The library's own, too. */
  get all(): readonly AnyMetric[] {
    return [...this.#own, ...this.metrics.values()];
  }

  /** Tells the catalogue of all families and series, now and from now on. */
  attach(catalogue: CatalogueVisitor): void {
    this.catalogue = catalogue;
    for (const metric of this.all) metric.publish();
  }

  /** @throws RangeError when the collector is strict */
  refuse(metric: string, reason: Refusal, detail: string, lost = true): void {
    if (lost) this.#errors.increment(1, { reason });
    this.warn(`${metric}: ${detail}`, `${metric} ${reason}`);
    if (this.#options.strict) throw new RangeError(`${metric}: ${detail}`);
  }

  /** Counts a failure; tells of it at most once a minute per `topic`. Never throws. */
  fail(reason: string, message: string, topic = reason): void {
    // Not by its labels: what makes those of others unreadable would make this fail, too, without end.
    this.#errors.of([reason]).increment();
    this.warn(message, topic);
  }

  /** Tells of it at most once a minute per `topic`, or in so many milliseconds. Never throws. */
  warn(message: string, topic = message, quiet = QUIET_MS): void {
    const now = Date.now();
    if (now - (this.#lastReport.get(topic) ?? -Infinity) < quiet) return;
    if (this.#lastReport.size > 1000) this.#lastReport.clear();
    this.#lastReport.set(topic, now);
    this.log('warn', message);
  }

  /** Never throws: a logger must not make the recording fail that it is told of. */
  log(level: 'warn' | 'info', message: string): void {
    try {
      const logged: unknown = this.#options.logger[level]?.(`utilityfog-telemetry: ${message}`);
      onRejection(logged, () => {});
    } catch {}
  }

  overflowed(metric: string): void {
    this.#overflows.of([metric]).increment();
  }

  erased(erasure: Erasure): void {
    this.#options.onErasure(erasure);
  }

  #checkFree({ name, type }: FamilyDefinition): void {
    const isOwn = OWN_METRICS.includes(name);
    if (isOwn || this.metrics.has(name)) {
      throw new TelemetryError(
        'duplicate_metric',
        isOwn
          ? `${name} is the collector's own; use another name`
          : `${name} is registered already; use getMetric(), or onDuplicate: 'reuse' for hot reload`,
      );
    }
    // A histogram `x` writes `x_bucket`, `x_sum` and `x_count`: no other family may.
    const { metrics } = this;
    const base = name.replace(SUFFIX, '');
    const clash =
      type === 'histogram'
        ? ['_bucket', '_sum', '_count']
            .map((suffix) => name + suffix)
            .find((other) => metrics.has(other) || OWN_METRICS.includes(other))
        : base !== name &&
          (metrics.get(base)?.type === 'histogram' || OWN_METRICS.includes(base)) &&
          base;
    if (!clash) return;
    throw new TelemetryError(
      'name_conflict',
      `${name} and ${clash} write the same samples; use another name`,
    );
  }

  #make(definition: FamilyDefinition, collect?: () => unknown): AnyMetric {
    const metric = new KINDS[definition.type](this, this.#nextId++, definition);
    // Nothing is known of it until the callback comes back, and 0 would be a lie.
    metric.isSilent = collect !== undefined;
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
