import { nodeBuiltin } from '../../platform/node-builtin.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import { Entry } from './entry.ts';
import { Home } from './home.ts';
import { LabelSets } from './label-sets.ts';
import { areLabelNames, validateMetricName } from './names.ts';
import { globalRegistry, homeOf, type Registered, Registry } from './registry.ts';
import { Resident } from './resident.ts';
import type {
  Aggregator,
  CollectFunction,
  LabelValues,
  MetricObjectWithValues,
  MetricReading,
  MetricType,
  MetricValue,
  OpenMetricsContentType,
  PrometheusContentType,
  ReadValue,
} from './values.ts';

/** What every metric is configured with. */
export interface MetricConfiguration<T extends string> {
  /** The name, which must not be registered yet. */
  name: string;
  /** What is measured, in words: the help text of the exposition. */
  help: string;
  /**
   * The names of the labels that tell series apart.
   * @defaultValue none
   */
  labelNames?: T[] | readonly T[] | undefined;
  /**
   * The registries that it is added to. With an empty list it is in none.
   * @defaultValue the global one
   */
  registers?: (Registry<PrometheusContentType> | Registry<OpenMetricsContentType>)[] | undefined;
  /**
   * How the values of several processes become one.
   * @defaultValue `sum`
   */
  aggregator?: Aggregator | undefined;
  /** Called just before the metric is read, with the metric as `this`. */
  collect?: CollectFunction | undefined;
  /**
   * Whether recordings may have exemplars. They are given as objects then.
   * @defaultValue `false`
   */
  enableExemplars?: boolean | undefined;
}

export type AnyLabels = Readonly<Record<string, unknown>>;

/** A series of this library. */
interface Series {
  /** @internal The values of its labels. */
  readonly values: readonly string[];
}

/** A metric family of this library. */
export interface Family<S> {
  /** Returns the series of these labels. */
  labels(labels: Readonly<Record<string, string>>): S;
  /** Removes the series of these labels. Returns whether there was one. */
  remove(labels: Readonly<Record<string, string>>): boolean;
  /** Removes all series. */
  clear(): void;
  /** Sets all series to zero. */
  reset(): void;
}

/** What a metric registers itself with. */
export interface Registration {
  readonly name: string;
  readonly labelNames: readonly string[];
}

/** The label of the series that takes what the series limit of the collector refuses. */
const OVERFLOW = { otel_metric_overflow: 'true' };

/**
 * What all metrics of prom-client have in common. Values are in the cells of the collector, and label sets here: the
 * collector knows all labels of a series as texts in one order, but here they stay as they were given.
 */
export abstract class PromMetric<
  T extends string,
  S extends Series,
  F extends Family<S>,
  C extends object,
  V extends MetricValue<T>,
> extends Resident<F, MetricObjectWithValues<V>> {
  /** The name, as it was configured. */
  readonly name: string;
  /** What is measured, in words. */
  readonly help: string;
  /** The names of its labels. */
  readonly labelNames: readonly T[];
  /** How the values of several processes become one. */
  readonly aggregator: Aggregator;
  /** The registries that it was added to. */
  readonly registers: readonly Registry<never>[];
  /** Whether recordings may have exemplars. */
  readonly enableExemplars: boolean;
  /** The type of the metric. */
  abstract readonly type: MetricType;
  /** @internal */ protected readonly sets: LabelSets<Entry<S>>;
  /** @internal The entry of no labels at all. */ protected bare: Entry<S>;
  /** @internal Those that are shown, the oldest first. */ protected readonly shown = new Set<
    Entry<S>
  >();
  #overflow: Entry<S> | undefined;
  /** The label names of the family in the collector. */
  #familyLabels: readonly string[] = [];

  /** @throws Error if a part of the configuration is missing or is not sound */
  constructor(config: MetricConfiguration<T>) {
    if (typeof config !== 'object' || config === null) {
      throw new TypeError('constructor expected a config object');
    }
    super();
    const { name, help, labelNames = [], registers, aggregator = 'sum', collect } = config;
    if (!help) throw new Error('Missing mandatory help parameter');
    if (!name) throw new Error('Missing mandatory name parameter');
    if (!validateMetricName(name)) throw new Error('Invalid metric name');
    if (!areLabelNames(labelNames)) throw new Error('Invalid label name');
    if (collect && typeof collect !== 'function') {
      throw new Error('Optional "collect" parameter must be a function');
    }
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.aggregator = aggregator;
    this.registers = (registers ?? [globalRegistry]) as unknown as readonly Registry<never>[];
    this.enableExemplars = config.enableExemplars ?? false;
    this.sets = new LabelSets<Entry<S>>([...labelNames], this);
    this.bare = this.makeBare();
    if (collect) this.collect = collect;
  }

  /** @internal */
  make(values: readonly string[], labels: AnyLabels): Entry<S> {
    return new Entry(values, known(labels));
  }

  /** @internal */
  unknown(label: string): Error {
    const names = inspected(this.labelNames);
    return new Error(`Added label "${label}" is not included in initial labelset: ${names}`);
  }

  /** @internal Puts the metric into its registries. It comes last, as a registry may have a collector already. */
  protected enrol(): void {
    for (const register of this.registers) {
      const { contentType } = register as { contentType: string };
      if (this.enableExemplars && contentType === Registry.PROMETHEUS_CONTENT_TYPE) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries');
      }
      register.registerMetric(this);
    }
  }

  /** Returns what records one label set: give values in the order of the names, or an object. */
  labels(...values: string[]): C;
  labels(labels: LabelValues<T>): C;
  labels(...given: unknown[]): C {
    const entry = this.#entryToBind(given);
    entry.child ??= this.bind(entry);
    return entry.child as C;
  }

  /** As in prom-client, labels of an object that are unknown are refused only when something is recorded. */
  #entryToBind(given: readonly unknown[]): Entry<S> {
    try {
      return this.entryOf(given);
    } catch (error) {
      const [labels] = given;
      if (typeof labels !== 'object') throw error;
      return Object.defineProperty(new Entry<S>([], labels as AnyLabels), 'series', {
        get(): never {
          throw error;
        },
      });
    }
  }

  /** Removes the series of a label set. */
  remove(...values: string[]): void;
  remove(labels: LabelValues<T>): void;
  remove(...given: unknown[]): void {
    const entry = this.sets.known(this.entryOf(given).values);
    if (entry) this.removeEntry(entry);
  }

  /** Removes all series. One without labels starts anew. */
  reset(): void {
    if (this.isRegistered) this.family.clear();
    for (const entry of this.shown) forget(entry);
    this.shown.clear();
    this.sets.clear();
    this.#overflow = undefined;
    this.bare = this.makeBare();
  }

  /** @internal Returns the entry of what `labels()` and `remove()` are given. */
  protected entryOf(given: readonly unknown[]): Entry<S> {
    const [first] = given;
    if (typeof first === 'object') return this.sets.find((first ?? {}) as AnyLabels);
    const { length } = this.labelNames;
    if (given.length !== length) {
      throw new Error(
        `Invalid number of arguments (${given.length}): "${given.join(', ')}" for label names (${length}): "${this.labelNames.join(', ')}".`,
      );
    }
    return length === 0 ? this.bare : this.sets.ofValues(given);
  }

  /** @internal Returns where a label set records. It is shown from now on. */
  protected open(entry: Entry<S>): S {
    const live = this.sets.known(entry.values) ?? entry;
    if (live.series) return live.series;
    const series = this.family.labels(this.#familyLabelsOf(live.values));
    if (isOverflow(series, live)) return this.#overflowing(series);
    this.sets.set(live.values, live);
    this.shown.add(live);
    live.series = series;
    if (live.kept !== undefined) this.restore(series, live);
    return series;
  }

  /** @internal Returns the entry that shows what was just recorded for a label set. */
  protected liveOf(entry: Entry<S>): Entry<S> | undefined {
    return entry.series ? entry : (this.sets.known(entry.values) ?? this.#overflow);
  }

  /** @internal */
  protected removeEntry(entry: Entry<S>): void {
    if (entry.series) {
      const { values } = entry;
      // The only series of a family without labels cannot be removed.
      if (values.length === 0) this.family.clear();
      else this.family.remove(this.#familyLabelsOf(values));
    }
    forget(entry);
    this.shown.delete(entry);
    this.sets.delete(entry.values);
  }

  /** @internal */
  protected makeBare(): Entry<S> {
    const entry = new Entry<S>(
      this.labelNames.map(() => ''),
      {},
    );
    if (this.labelNames.length === 0) {
      this.sets.set(entry.values, entry);
      this.shown.add(entry);
    }
    return entry;
  }

  /** @internal */
  protected override register(collector: TelemetryCollector, isAlone: boolean): F {
    this.#familyLabels = isAlone
      ? this.labelNames.map((_, i) => `label${i}`)
      : [...new Set(this.labelNames)];
    const name = isAlone ? 'metric' : this.name;
    return this.registerIn(collector, { name, labelNames: this.#familyLabels });
  }

  /** @internal */
  protected override settled(): void {
    if (this.labelNames.length === 0 && this.shown.has(this.bare)) this.open(this.bare);
    // What was recorded at an earlier home is shown in the collector, too.
    for (const entry of this.shown) if (entry.kept !== undefined) this.open(entry);
  }

  /** @internal */
  protected override keep(): void {
    for (const entry of this.shown) {
      if (!entry.series) continue;
      entry.kept = this.kept(entry);
      entry.series = undefined;
    }
  }

  /** @internal */
  protected override nextHome(): Home {
    for (const register of this.registers) {
      const home = homeOf(register);
      if (home && register.getSingleMetric(this.name) === (this as unknown) && home.take(this)) {
        return home;
      }
    }
    return this.ownHome();
  }

  /** @internal */
  protected override ownHome(): Home {
    return new Home();
  }

  /** @internal */
  protected override read(): MetricReading {
    const values: ReadValue[] = [];
    for (const entry of this.shown) this.readEntry(entry, values);
    const { name, help, type, aggregator } = this;
    return { help, name, type, values, aggregator };
  }

  #familyLabelsOf(values: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.#familyLabels.map((name, i) => [name, values[i]!]));
  }

  #overflowing(series: S): S {
    if (!this.#overflow) {
      this.#overflow = new Entry<S>(['true'], OVERFLOW);
      this.#overflow.series = series;
      this.shown.add(this.#overflow);
    }
    return series;
  }

  /** @internal */
  protected abstract registerIn(collector: TelemetryCollector, as: Registration): F;
  /** @internal Makes what `labels()` returns. */
  protected abstract bind(entry: Entry<S>): C;
  /** @internal Returns what a series holds, for `restore()`. */
  protected abstract kept(entry: Entry<S>): unknown;
  /** @internal Makes a new series show what its entry has kept. */
  protected abstract restore(series: S, entry: Entry<S>): void;
  /** @internal */
  protected abstract readEntry(entry: Entry<S>, into: ReadValue[]): void;
}

/** Makes an entry that is shown no longer one that has recorded nothing. Somebody may hold what `labels()` returned. */
function forget<S>(entry: Entry<S>): void {
  entry.series = undefined;
  entry.kept = undefined;
  entry.exemplars = undefined;
}

/** Whether a series is the one that takes what the limit refuses. */
function isOverflow(series: Series, entry: Entry<unknown>): boolean {
  const { values } = series;
  return values.some((value, i) => value !== entry.values[i]);
}

/** Returns the labels that have a value, as a copy: the caller may use its object again. */
function known(labels: AnyLabels): AnyLabels {
  const copy: Record<string, unknown> = {};
  for (const name in labels) if (labels[name] !== undefined) copy[name] = labels[name];
  return copy;
}

function inspected(value: unknown): string {
  return nodeBuiltin('node:util')?.inspect(value) ?? String(value);
}

/** Returns the error for something that is no number. */
export function notANumber(what: string, value: unknown): TypeError {
  const text = nodeBuiltin('node:util')?.format(value) ?? String(value);
  return new TypeError(`${what} is not a valid number: ${text}`);
}

export type { Registered };
