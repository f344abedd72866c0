import type { BoundSummary, Summary as SummaryFamily } from '../../kinds/summary/recording.ts';
import type { TelemetryCollector } from '../../telemetry-collector.ts';
import type { Entry } from './entry.ts';
import {
  type AnyLabels,
  type MetricConfiguration,
  notANumber,
  PromMetric,
  type Registration,
} from './metric.ts';
import { RecentValues } from './recent-values.ts';
import type { TextTarget } from './resident.ts';
import { addedLabels, inBraces, ownLabels, valueText } from './text.ts';
import { clock, together } from './timer.ts';
import {
  type CollectFunction,
  type LabelValues,
  MetricType,
  type MetricValueWithName,
  type ReadValue,
} from './values.ts';

/** The configuration of a summary. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /**
   * Which quantiles are told, from 0 to 1.
   * @defaultValue `[0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]`
   */
  percentiles?: number[] | undefined;
  /**
   * How many seconds the window is long.
   * @defaultValue a window without end
   */
  maxAgeSeconds?: number | undefined;
  /** Of how many parts the window consists, which are forgotten one after the other. */
  ageBuckets?: number | undefined;
  /**
   * Whether a series goes once its window is empty.
   * @defaultValue `false`
   */
  pruneAgedBuckets?: boolean | undefined;
  /** Is accepted, and has no effect: nothing needs to be compressed here. */
  compressCount?: number | undefined;
  /** Called just before the summary is read, with the summary as `this`. */
  collect?: CollectFunction<Summary<T>> | undefined;
}

export namespace Summary {
  /** What `labels()` returns. */
  export interface Internal<T extends string> {
    /** Adds an observation. */
    observe(value: number): void;
    /** Begins to measure. The function that it returns observes the seconds since then, and returns them. */
    startTimer(): (labels?: LabelValues<T>) => number;
  }

  /** What code for prom-client may name of the configuration. */
  export interface Config {
    /** Which quantiles are told, from 0 to 1. */
    percentiles?: number[];
  }
}

const PERCENTILES = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
/** The longest window that a collector has, in seconds: 24 days. It stands for one without end. */
const ALL_TIME = 2_147_483;

/** What is known of the series of a label set beside its cells. */
interface Observed {
  sum: number;
  count: number;
  recent: RecentValues;
}

/**
 * Quantiles of a value over a sliding window, or over all time.
 * @example
 * ```ts
 * import { Registry, Summary } from 'utilityfog-telemetry/prom-client';
 *
 * const sizes = new Summary({
 *   name: 'answer_bytes',
 *   help: 'Size of answers',
 *   percentiles: [0.5, 0.99],
 *   registers: [new Registry()],
 * });
 * sizes.observe(512);
 * ```
 */
export class Summary<T extends string = string> extends PromMetric<
  T,
  BoundSummary,
  SummaryFamily,
  Summary.Internal<T>,
  MetricValueWithName<T>
> {
  /** The type of the metric. */
  override readonly type = MetricType.Summary;
  /** Which quantiles are told, from 0 to 1. */
  readonly percentiles: readonly number[];
  /** How many seconds the window is long. `undefined` if it has no end. */
  readonly maxAgeSeconds: number | undefined;
  /** Of how many parts the window consists. */
  readonly ageBuckets: number | undefined;
  /** Whether a series goes once its window is empty. */
  readonly pruneAgedBuckets: boolean | undefined;

  /** @throws Error if the configuration is not sound, or a registry has another metric of this name */
  constructor(config: SummaryConfiguration<T>) {
    super(config);
    if (this.labelNames.includes('quantile' as T)) {
      throw new Error('quantile is a reserved label keyword');
    }
    this.percentiles = config.percentiles ?? PERCENTILES;
    this.maxAgeSeconds = config.maxAgeSeconds;
    this.ageBuckets = config.ageBuckets;
    this.pruneAgedBuckets = config.pruneAgedBuckets;
    this.enrol();
  }

  /**
   * Counts `value`.
   * @throws TypeError if it is not finite; Error if a label is unknown
   */
  observe(value: number): void;
  observe(labels: LabelValues<T>, value: number): void;
  observe(given: unknown, value?: unknown): void {
    const labels = given || given === 0 ? given : {};
    if (value === undefined) this.#observe(this.bare, labels);
    else this.#observe(this.sets.find(labels as AnyLabels), value);
  }

  /**
   * Starts a clock. The function that it returns observes the seconds since then, and returns them. It takes labels
   * that were not known before.
   */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = clock();
    return (more) => {
      const value = elapsed();
      this.#observe(this.sets.find(together(labels, more)), value);
      return value;
    };
  }

  /** Sets all series to zero. */
  override reset(): void {
    if (this.isRegistered) this.family.reset();
    for (const entry of this.shown) entry.kept = undefined;
  }

  #observe(entry: Entry<BoundSummary>, value: unknown): void {
    if (!Number.isFinite(value)) throw notANumber('Value', value);
    (entry.series ?? this.open(entry)).observe(value as number);
    const live = this.liveOf(entry);
    if (!live) return;
    live.kept ??= this.#nothing();
    const observed = live.kept as Observed;
    observed.sum += value as number;
    observed.count++;
    observed.recent.add(value as number);
  }

  #nothing(): Observed {
    return { sum: 0, count: 0, recent: new RecentValues(...windowOf(this)) };
  }

  /** @internal */
  protected override bind(entry: Entry<BoundSummary>): Summary.Internal<T> {
    return {
      observe: (value) => this.#observe(entry, value),
      startTimer: () => this.startTimer(entry.labels as LabelValues<T>),
    };
  }

  /** @internal */
  protected override registerIn(
    collector: TelemetryCollector,
    { name, labelNames }: Registration,
  ): SummaryFamily {
    const [maxAge = ALL_TIME, ageBuckets = 1] = windowOf(this);
    return collector.registerSummary(name, this.help, {
      labelNames,
      quantiles: soundQuantiles(this.percentiles),
      maxAge: Math.min(maxAge, ALL_TIME),
      ageBuckets: Math.min(ageBuckets, 1000),
    }) as SummaryFamily;
  }

  /** @internal */
  protected override kept({ kept }: Entry<BoundSummary>): unknown {
    return kept;
  }

  /** @internal Nothing can be put into a series but observations, so those from before stay beside it. */
  protected override restore(): void {}

  /** Lets a label set go of which all values have left the window, if the application wants that. */
  #isPruned(entry: Entry<BoundSummary>): boolean {
    const observed = (entry.kept ?? this.#nothing()) as Observed;
    if (!this.pruneAgedBuckets || !observed.recent.isEmpty) return false;
    this.removeEntry(entry);
    return true;
  }

  /** @internal */
  protected override readEntry(entry: Entry<BoundSummary>, into: ReadValue[]): void {
    if (this.#isPruned(entry)) return;
    const { labels } = entry;
    const { sum, count, recent } = (entry.kept ?? this.#nothing()) as Observed;
    const at = recent.at(this.percentiles);
    for (const [i, quantile] of this.percentiles.entries()) {
      into.push({ labels: { quantile, ...labels }, value: at[i]! });
    }
    into.push({ metricName: `${this.name}_sum`, labels, value: sum });
    into.push({ metricName: `${this.name}_count`, labels, value: count });
  }

  /** @internal */
  override write({ name, defaults, lines }: TextTarget): void {
    for (const entry of this.shown) {
      if (this.#isPruned(entry)) continue;
      const { sum, count, recent } = (entry.kept ?? this.#nothing()) as Observed;
      const labels = [ownLabels(entry), addedLabels(entry, defaults)];
      const at = recent.at(this.percentiles);
      for (const [i, quantile] of this.percentiles.entries()) {
        lines.push(`${name}${inBraces(`quantile="${quantile}"`, ...labels)} ${valueText(at[i]!)}`);
      }
      lines.push(`${name}_sum${inBraces(...labels)} ${valueText(sum)}`);
      lines.push(`${name}_count${inBraces(...labels)} ${count}`);
    }
  }
}

/** Returns how many seconds the window is long, and of how many parts it consists; nothing if it has no end. */
function windowOf({
  maxAgeSeconds,
  ageBuckets,
}: Pick<Summary, 'maxAgeSeconds' | 'ageBuckets'>): [seconds?: number, parts?: number] {
  const [seconds, parts] = [Number(maxAgeSeconds), Number(ageBuckets)];
  return seconds > 0 && parts > 0 && Number.isInteger(parts) ? [seconds, parts] : [];
}

/** Returns quantiles that a collector takes: rising, from 0 to 1. */
function soundQuantiles(given: readonly number[]): number[] {
  const sound = [...new Set(given)].filter((quantile) => quantile >= 0 && quantile <= 1);
  return sound.length > 0 ? sound.sort((a, b) => a - b) : [0.5];
}
