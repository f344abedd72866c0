import type { Labels } from '../../model.ts';
import { BoundSeries, type SeriesOwner } from '../bound-series.ts';
import { optionsWith } from '../definition.ts';
import type { LabelArguments, LabelSet, RemainingLabels, SomeLabels } from '../labels.ts';
import { Metric } from '../metric.ts';
import type { MetricOptions, RecordingKind } from '../recording-kind.ts';
import { checkedBounds, DEFAULT_BUCKETS } from './bounds.ts';
import { type Buckets, bucketsOf } from './buckets.ts';
import { HISTOGRAM_COUNTS, HISTOGRAM_SUM, type HistogramShape, histogramKind } from './shape.ts';

export interface HistogramOptions<N extends string = string> extends MetricOptions<N> {
  /** Upper bounds in ascending order; `+Inf` is added. */
  buckets?: readonly number[] | undefined;
}

export interface HistogramValue {
  /** The buckets with cumulative counts. The last has `le: Infinity`. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

// V8 loads a constant that its module exports anew at each use, which takes a tenth of an observation. These
// are not exported.
const SUM = HISTOGRAM_SUM;
const COUNTS = HISTOGRAM_COUNTS;

/** One series of a histogram. */
export class BoundHistogram extends BoundSeries {
  readonly #buckets: Buckets;

  /** @internal */
  constructor(owner: SeriesOwner, buckets: Buckets) {
    super(owner);
    this.#buckets = buckets;
  }

  /** Counts `value` in its bucket and adds it to the sum. Any number but NaN is allowed. */
  observe(value: number): void {
    // NaN is the only number that is not equal to itself.
    // biome-ignore lint/suspicious/noSelfCompare: faster than Number.isNaN in every engine here
    if (typeof value !== 'number' || value !== value || this.address < 0) {
      this.refuse('observe', value, 'a histogram takes numbers other than NaN');
      return;
    }
    const { cells, index } = this;
    // RACE: this is the only writer of these cells. The reader derives the count from the buckets, so that
    // `_count` and `+Inf` always agree; the sum may be one observation apart.
    cells[index + COUNTS + this.#buckets.find(value)]! += 1;
    cells[index + SUM]! += value;
  }

  /** Starts a clock; the function it returns observes the seconds since then and returns them. */
  startTimer(): () => number {
    const start = performance.now();
    return () => {
      const seconds = (performance.now() - start) / 1000;
      this.observe(seconds);
      return seconds;
    };
  }

  /** Observes how long `fn` takes, also when it throws or rejects, and returns what it returns. */
  time<T>(fn: () => T): T {
    return timed(fn, this.startTimer());
  }

  /** @internal */
  get sum(): number {
    return this.cells[this.index + SUM]!;
  }

  /** @internal */
  count(bucket: number): number {
    return this.cells[this.index + COUNTS + bucket]!;
  }
}

function timed<T>(fn: () => T, stopClock: () => number): T {
  let isOver = false;
  // An object that has `then` but is no promise may call back twice.
  const stop = () => {
    if (isOver) return;
    isOver = true;
    stopClock();
  };
  let result: T;
  try {
    result = fn();
  } catch (error) {
    fail(error, stop);
  }
  const after = thenOf(result);
  if (!after) {
    stop();
    return result;
  }
  return after(
    (value) => {
      stop();
      return value;
    },
    (error) => fail(error, stop),
  ) as T;
}

type Then = (resolved: (value: unknown) => unknown, rejected: (error: unknown) => never) => unknown;

/**
 * Returns the `then` of an asynchronous result, so that what follows is a promise of the same class. If the
 * result has only `then` and no `catch`, its `then` need not return anything, and what follows is a plain
 * promise. Returns `undefined` for a result that is not asynchronous or cannot be read.
 */
function thenOf(result: unknown): Then | undefined {
  try {
    const promise = result as Promise<unknown> | null | undefined;
    if (typeof promise?.then !== 'function') return undefined;
    if (typeof promise.catch !== 'function')
      return (...then) => Promise.resolve(promise).then(...then);
    return (...then) => promise.then(...then);
  } catch {
    return undefined; // a getter or a proxy that throws
  }
}

/** Throws the application's own error, even if the observation throws another one. */
function fail(error: unknown, stop: () => void): never {
  try {
    stop();
  } catch {}
  throw error;
}

/** Stands for labels that cannot be read. No metric has a label of that name, so they are refused. */
const UNREADABLE = { '': '' };

function together<L extends object>(first: L | undefined, more: L | undefined): object | undefined {
  try {
    return first && more ? { ...first, ...more } : (more ?? first);
  } catch {
    return UNREADABLE; // a getter or a proxy that throws
  }
}

/**
 * Ends a timer: takes the labels that its start was not given, observes the seconds in between and
 * returns them. It is declared as a method, so that TypeScript takes a histogram with label names for a
 * `Histogram`.
 */
export type StopTimer<N extends string, K extends N> = {
  stop(...labels: RemainingLabels<N, K>): number;
}['stop'];

/** The distribution of a value over buckets. */
export class Histogram<N extends string = string> extends Metric<N, BoundHistogram, 'histogram'> {
  // `declare` makes no field: `Metric` binds its first series before the fields of this class would be made.
  /** @internal */ declare buckets: Buckets | undefined;

  /** Counts `value` in its bucket and adds it to the sum. Any number but NaN is allowed. */
  observe(value: number, ...labels: LabelArguments<N>): void;
  observe(value: number, labels?: LabelSet<N>): void {
    (labels === undefined ? this.single : this.index.find(labels)).observe(value);
  }

  /**
   * Starts a clock; the function it returns observes the seconds since then and returns them.
   * Labels known only at the end, such as a status, can be given there.
   */
  startTimer<const K extends N = never>(labels?: SomeLabels<N, K> | undefined): StopTimer<N, K>;
  startTimer(labels?: object): (labels?: object) => number {
    const start = performance.now();
    return (more?: object) => {
      const seconds = (performance.now() - start) / 1000;
      (this as Histogram).observe(seconds, together(labels, more) as LabelSet<string>);
      return seconds;
    };
  }

  /** Observes how long `fn` takes, also when it throws or rejects, and returns what it returns. */
  time<T>(fn: () => T, ...labels: LabelArguments<N>): T;
  time<T>(fn: () => T, labels?: LabelSet<N>): T {
    return timed(fn, (this as Histogram).startTimer(labels as LabelSet<string>));
  }

  /** What this thread has observed; zeros if it has no such series. */
  getValue(...labels: LabelArguments<N>): HistogramValue;
  getValue(labels?: LabelSet<N>): HistogramValue {
    const series = this.existing(labels);
    let count = 0;
    const buckets = [...this.bounds, Infinity].map((le, i) => {
      count += series?.count(i) ?? 0;
      return { le, count };
    });
    return {
      buckets,
      sum: series?.sum ?? 0,
      count,
      labels: this.fullLabels(labels),
      timestamp: Date.now() / 1000,
    };
  }

  /** @internal */
  protected override bind(): BoundHistogram {
    this.buckets ??= bucketsOf(this.bounds);
    return new BoundHistogram(this, this.buckets);
  }

  /** @internal */
  get bounds(): readonly number[] {
    return (this.definition.shape as HistogramShape).buckets;
  }
}

export const recordingHistogram: RecordingKind<Histogram, HistogramShape> = {
  ...histogramKind,
  options: optionsWith('buckets'),
  shape: (name, { buckets }: HistogramOptions) => ({
    buckets: checkedBounds(name, buckets ?? DEFAULT_BUCKETS),
  }),
  metric: Histogram,
};
