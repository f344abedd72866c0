import type { BoundCounter, Counter as CounterFamily } from '../../kinds/counter/recording.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Entry } from './entry.ts';
import { isSound, newExemplar } from './exemplar.ts';
import {
  type AnyLabels,
  type MetricConfiguration,
  notANumber,
  PromMetric,
  type Registration,
} from './metric.ts';
import type { TextTarget } from './resident.ts';
import { addedLabels, exemplarText, inBraces, ownLabels, valueText } from './text.ts';
import {
  type CollectFunction,
  type ExemplarValue,
  type LabelValues,
  MetricType,
  type MetricValue,
  type ReadValue,
} from './values.ts';

/** The configuration of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Called just before the counter is read, with the counter as `this`. */
  collect?: CollectFunction<Counter<T>> | undefined;
}

/** What `inc()` takes where exemplars are enabled. */
export interface IncreaseDataWithExemplar<T extends string> {
  /**
   * By how much.
   * @defaultValue 1
   */
  value?: number | undefined;
  /** The labels of the series. */
  labels?: LabelValues<T> | undefined;
  /** The labels of the exemplar; there is none unless they are given. */
  exemplarLabels?: LabelValues<string> | undefined;
}

export namespace Counter {
  /** What `labels()` returns. */
  export interface Internal {
    /**
     * Increases the series, by 1 unless a value is given.
     * @throws Error if the value is negative
     */
    inc(value?: number): void;
  }
}

/**
 * A value that only goes up.
 * @example
 * ```ts
 * import { Counter, Registry } from 'utilityfog-telemetry/prom-client';
 *
 * const registry = new Registry();
 * const orders = new Counter({ name: 'orders_total', help: 'Orders', registers: [registry] });
 * orders.inc();
 * console.log((await registry.metrics()).split('\n')[2]);
 * // -> orders_total 1
 * ```
 */
export class Counter<T extends string = string> extends PromMetric<
  T,
  BoundCounter,
  CounterFamily,
  Counter.Internal,
  MetricValue<T>
> {
  /** The type of the metric. */
  override readonly type = MetricType.Counter;

  /** @throws Error if the configuration is not sound, or a registry has another metric of this name */
  constructor(config: CounterConfiguration<T>) {
    super(config);
    if (this.enableExemplars) this.inc = this.#incWithExemplar as Counter<T>['inc'];
    this.enrol();
  }

  /**
   * Adds `value`, 1 unless given.
   * @throws TypeError if it is not finite; Error if it is negative, or if a label is unknown
   */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(data: IncreaseDataWithExemplar<T>): void;
  inc(given?: unknown, amount?: unknown): void {
    if (given === undefined) {
      const { series } = this.bare;
      if (series) series.increment(1);
      else this.open(this.bare).increment(1);
    } else if (typeof given === 'object' && given !== null) {
      this.#count(this.sets.find(given as AnyLabels), amount);
    } else this.#count(this.bare, given);
  }

  #count(entry: Entry<BoundCounter>, value: unknown): void {
    const amount = amountOf(value);
    const { series } = entry;
    if (series !== undefined) series.increment(amount);
    else this.open(entry).increment(amount);
  }

  #incWithExemplar({ labels, value = 1, exemplarLabels }: IncreaseDataWithExemplar<T> = {}): void {
    const entry = labels ? this.sets.find(labels as AnyLabels) : this.bare;
    const amount = amountOf(value);
    const exemplar = exemplarLabels as ExemplarValue['labelSet'] | undefined;
    // The amount counts even if the exemplar is not sound.
    const options = exemplar && isSound(exemplar) ? { exemplar } : undefined;
    (entry.series ?? this.open(entry)).increment(amount, options);
    if (!exemplar) return;
    const live = this.liveOf(entry);
    if (live) live.exemplars = [newExemplar(exemplar, amount || 1)];
  }

  /** @internal */
  protected override bind(entry: Entry<BoundCounter>): Counter.Internal {
    return { inc: (value) => this.#count(entry, value) };
  }

  /** @internal */
  protected override registerIn(
    collector: TelemetryCollector,
    { name, labelNames }: Registration,
  ): CounterFamily {
    return collector.registerCounter(name, this.help, { labelNames }) as CounterFamily;
  }

  /** @internal */
  protected override kept({ series }: Entry<BoundCounter>): number {
    return series!.value;
  }

  /** @internal */
  protected override restore(series: BoundCounter, entry: Entry<BoundCounter>): void {
    series.increment(entry.kept as number);
    entry.kept = undefined;
  }

  /** @internal */
  protected override readEntry(entry: Entry<BoundCounter>, into: ReadValue[]): void {
    const exemplar = entry.exemplars?.[0];
    into.push({ value: shownValue(entry), labels: entry.labels, ...(exemplar && { exemplar }) });
  }

  /** @internal */
  override write({ name, isOpenMetrics, defaults, lines }: TextTarget): void {
    for (const entry of this.shown) {
      const labels = inBraces(ownLabels(entry), addedLabels(entry, defaults));
      const exemplar = isOpenMetrics ? exemplarText(entry.exemplars?.[0]) : '';
      lines.push(`${name}${labels} ${valueText(shownValue(entry))}${exemplar}`);
    }
  }
}

function shownValue({ series, kept }: Entry<BoundCounter>): number {
  return series?.value ?? (kept as number | undefined) ?? 0;
}

/** Returns what is to be added, as a rule what is given. What is not a number and yet no error in prom-client is refused by the series. */
function amountOf(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  if (value === null || value === undefined) return 1;
  if (value && !Number.isFinite(value)) throw notANumber('Value', value);
  if ((value as number) < 0) throw new Error('It is not possible to decrease a counter');
  return value as number;
}
