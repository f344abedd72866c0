import type { FamilyDefinition, LabelValue } from '../model.ts';
import type { Rule, Rules } from '../options.ts';
import type { MetricHost } from './bound-series.ts';
import type { ExemplarSource } from './exemplars.ts';
import type { Kind } from './kind.ts';

/** Options that every kind of metric takes. */
export interface MetricOptions<N extends string = string> {
  /** Constant labels, the same on every series of this metric. */
  labels?: Readonly<Record<string, LabelValue>> | undefined;
  /** The labels that tell the series of this metric apart. */
  labelNames?: readonly N[] | undefined;
  /** Unit of the values in base units, e.g. `seconds`, `bytes`. */
  unit?: string | undefined;
  /**
   * A series that no thread has recorded for so many seconds goes, in every thread, and starts anew when it is
   * recorded again. Unless given, the option of the collector holds; `Infinity` keeps the series. Metrics with
   * `collect` and infos keep theirs.
   */
  expireAfter?: number | undefined;
}

/** The rules of the options that every kind takes, and of those that only one takes. */
export type OptionsOfKind = Rules<MetricOptions & { collect?: unknown }> &
  Readonly<Record<string, Rule>>;

/**
 * How a thread records a kind.
 * @typeParam M the class of its metrics
 */
export interface RecordingKind<M, S extends object = object> extends Kind<S> {
  /** The options of this kind: see `optionsWith`. */
  readonly options: OptionsOfKind;
  /**
   * Checks the options that only this kind has, and returns the shape that they give a metric.
   * @throws TelemetryError with the code, the name and the remedy
   */
  shape(name: string, options: MetricOptions): S;
  /** The class of its metrics. `id` is the number of the family in the catalogue of its thread. */
  readonly metric: new (
    host: MetricHost,
    id: number,
    kind: Kind,
    definition: FamilyDefinition,
    exemplars?: ExemplarSource,
  ) => M;
}
