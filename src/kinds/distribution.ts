import { BoundSeries } from './bound-series.ts';
import type { LabelArguments, LabelSet, RemainingLabels, SomeLabels } from './labels.ts';
import { Metric } from './metric.ts';
import type { NativeSeries } from './native/contract.ts';
import type { NativeShape } from './native/layout.ts';
import { loadNative } from './native/recording-code.ts';

/** One series of a histogram or a summary. */
export abstract class BoundDistribution extends BoundSeries {
  /** Counts `value` and adds it to the sum. Any number but NaN is allowed. */
  abstract observe(value: number): void;

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

type AnyDistribution = Distribution<string, BoundDistribution, string>;

/** What histograms and summaries have in common. */
export abstract class Distribution<
  N extends string,
  S extends BoundDistribution,
  T extends string,
> extends Metric<N, S, T> {
  /** @internal How its native buckets count; `undefined` if it has none. */
  abstract readonly native: NativeShape | undefined;

  /** Counts `value` and adds it to the sum. Any number but NaN is allowed. */
  abstract observe(value: number, ...labels: LabelArguments<N>): void;

  /**
   * Starts a clock; the function it returns observes the seconds since then and returns them.
   * Labels known only at the end, such as a status, can be given there.
   */
  startTimer<const K extends N = never>(labels?: SomeLabels<N, K> | undefined): StopTimer<N, K>;
  startTimer(labels?: object): (labels?: object) => number {
    const start = performance.now();
    return (more?: object) => {
      const seconds = (performance.now() - start) / 1000;
      (this as unknown as AnyDistribution).observe(
        seconds,
        together(labels, more) as LabelSet<string>,
      );
      return seconds;
    };
  }

  /** Observes how long `fn` takes, also when it throws or rejects, and returns what it returns. */
  time<T>(fn: () => T, ...labels: LabelArguments<N>): T;
  time<T>(fn: () => T, labels?: LabelSet<N>): T {
    return timed(fn, (this as unknown as AnyDistribution).startTimer(labels as LabelSet<string>));
  }

  /** @internal Each must know the labels under which the catalogue names its next block. */
  protected override get areObjects(): boolean {
    return this.native !== undefined || super.areObjects;
  }

  /** @internal The collector is told of it once the code is there. Before, all that it has is held elsewhere. */
  override publish(isNewReader?: boolean): void {
    const loading = this.native && loadNative(this);
    if (loading) this.host.awaits(loading);
    else super.publish(isNewReader);
  }

  /** @internal */
  move(series: NativeSeries, cells: readonly number[]): void {
    this.moveBlock(series as unknown as S, cells);
  }

  /** @internal */
  protected override sizeOf(series: S | number): number {
    return this.native ? (series as unknown as NativeSeries).size : this.blockSize;
  }
}
