import type { LabelValue, MetricType } from '../model.ts';

/** The labels of an exemplar, such as `{ trace_id }`: at most 128 characters, names and values together. */
export type ExemplarLabels = Readonly<Record<string, LabelValue>>;

/** What may be said of one recording of a counter or a histogram. */
export interface RecordingOptions {
  /**
   * Makes the recording an example of what its series, or its bucket, has counted. The latest one is exposed. If
   * its labels are not sound, the recording counts all the same.
   */
  readonly exemplar?: ExemplarLabels | undefined;
}

/** Gives the labels of an exemplar, or `undefined` if there is nothing to point to. */
export type ExemplarSource = () => ExemplarLabels | undefined;

/** The options of metrics whose recordings may be exemplars. */
export interface ExemplarOptions {
  /**
   * Called by some of the recordings that are given no exemplar themselves, for labels such as those of the trace
   * that is under way. In a quarter of a second each bucket of a series gets one exemplar at most. What it throws
   * is counted and logged, and never reaches the application.
   */
  exemplars?: ExemplarSource | undefined;
}

/** Stands for the options of recordings whose exemplar comes from the function of their metric. */
export const FROM_SOURCE: RecordingOptions = {};

/** What is to be known of a series to which an exemplar belongs. */
export interface ExemplarSeries {
  readonly address: number;
  /** By bucket: the turn up to which the function of the metric is not asked. */
  readonly gates: number[];
  readonly owner: {
    readonly name: string;
    /** The family's number in the catalogue of its thread. */
    readonly id: number;
    readonly type: MetricType | (string & {});
    readonly exemplars: ExemplarSource | undefined;
    /** Returns the label values of the series that has just recorded. The caller must not keep the list. */
    valuesOf(series: object): readonly string[] | undefined;
  };
}

/** Takes the exemplars of a thread. */
export interface ExemplarTaker {
  /** Rises with time. A bucket whose gate is lower may ask the function of its metric. */
  readonly turn: number;
  /**
   * Takes the exemplar of a recording that was counted.
   * @param bucket the number of the bucket; 0 if there is but one
   * @throws RangeError when the collector is strict and the options are not sound
   */
  take(series: ExemplarSeries, bucket: number, value: number, options: RecordingOptions): void;
  /** Drops those of a series that was removed; without label values, of a family that was reset. */
  forget(family: number, labelValues?: readonly string[]): void;
}
