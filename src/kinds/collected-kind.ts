import type { FamilyDefinition, LabelValue } from '../model.ts';
import type { BoundSeries } from './bound-series.ts';
import type { LabelSet } from './labels.ts';

/**
 * Is `T`, but TypeScript does not infer `T` from it: the label names of a metric come from `labelNames` alone,
 * and not from what a callback returns. `NoInfer` is newer than TypeScript 5.3.
 */
export type Fixed<T> = [T][T extends unknown ? 0 : never];

/** Whether the label names are unknown, or there are none: then no labels need be given. */
type WithoutLabels<N extends string> = [N] extends [never] ? true : string extends N ? true : false;

/**
 * What a `collect` callback gives for one series: its fields and labels, or, where there are no labels, a
 * bare value.
 */
export type CollectedSeries<N extends string, Fields, Bare = never> =
  WithoutLabels<N> extends true
    ? Bare | (Fields & { readonly labels?: Readonly<Record<string, LabelValue>> | undefined })
    : Fields & { readonly labels: LabelSet<Fixed<N>> };

/**
 * What a callback returns, now or later: one series, or a list of all series that this thread has. If it
 * returns nothing, it has recorded by itself.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what functions return
export type Collected<Series> = Series | readonly Series[] | void | undefined;

/**
 * A callback that is called just before a collection run or scrape reads a metric.
 * @typeParam M the metric
 * @typeParam Series what the callback returns for one series
 */
export type Collect<M, Series> = (
  this: M,
  metric: M,
) => Collected<Series> | PromiseLike<Collected<Series>>;

/**
 * How what callbacks return for one kind is recorded. It is loaded with the first callback that needs it.
 * @typeParam V what is to be recorded for one series
 */
export interface CollectedKind<V = unknown> {
  /** The class of its series, by which the kind is known. */
  readonly series: abstract new (
    ...args: never[]
  ) => BoundSeries;
  /** The type of its metrics, where those of another type have series of that class, too. */
  readonly type?: string | undefined;
  /** What a callback returns for one series, in words. */
  readonly demand: string;
  /**
   * Reads what a callback has returned for one series.
   * @param given its fields; a bare value is the field `value`
   * @returns `undefined` if it is not sound
   */
  read(definition: FamilyDefinition, given: Readonly<Record<string, unknown>>): V | undefined;
  /** Returns the value of the overflow series, which stands for several. */
  together(one: V, other: V, definition: FamilyDefinition): V;
  /** Records the value. Those of counters are totals: if one has fallen, the series starts anew. */
  write(series: BoundSeries, value: V): void;
}
