import type { Labels } from '../model.ts';
import type { BoundSeries } from './bound-series.ts';
import type { LabelArguments, LabelSet } from './labels.ts';
import { Metric } from './metric.ts';

/** The value that this thread has of one series. */
export interface ScalarValue {
  /** The value, in the unit of the metric. */
  readonly value: number;
  /** The labels of the series. */
  readonly labels: Labels;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** What counters and gauges have in common. */
export abstract class ScalarMetric<
  N extends string,
  S extends BoundSeries,
  T extends string,
> extends Metric<N, S, T> {
  /** What this thread has recorded; 0 if it has no such series. */
  getValue(...labels: LabelArguments<N>): ScalarValue;
  getValue(labels?: LabelSet<N>): ScalarValue {
    const series = this.existing(labels) as { readonly value: number } | undefined;
    return {
      value: series?.value ?? 0,
      labels: this.fullLabels(labels),
      timestamp: Date.now() / 1000,
    };
  }
}
