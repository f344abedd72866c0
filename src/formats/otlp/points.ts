import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Attribute, Exemplar, InstrumentationScope, NativeHistogram } from '../../model.ts';
import type { MetricForm, PointKind } from './metric-form.ts';
import type { Microseconds } from './times.ts';

/** What every point says. */
interface PointHead {
  /** Since when it counts; 0 if that is not known or makes no difference. */
  readonly start: Microseconds;
  readonly time: Microseconds;
  readonly exemplars: readonly Exemplar[];
}

/** A point of a sum or a gauge. */
export interface NumberPoint extends PointHead {
  readonly value: number;
  /** Whether it is written as a whole number. */
  readonly isInteger?: boolean | undefined;
}

export interface HistogramPoint extends PointHead {
  readonly count: number;
  /** The sum of the observations; absent if it need not grow, since some may be negative. */
  readonly sum: number | undefined;
  /** The upper bounds, without `Infinity`. */
  readonly bounds: readonly number[];
  /** How many observations are in each bucket; one more than there are bounds. */
  readonly counts: Float64Array;
}

export interface ExponentialPoint extends PointHead {
  readonly count: number;
  readonly sum: number;
  readonly native: NativeHistogram;
}

export interface SummaryPoint extends PointHead {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly (readonly [quantile: number, value: number])[];
}

/** Bytes of attributes among those of others. */
export interface AttributeBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Writes one point. Its attributes were written before. */
export type WritePoint<Point> = (
  point: Point,
  attributes: AttributeBytes,
  to: MessageWriter,
) => void;

type Bytes = Uint8Array<ArrayBuffer>;

/** The metrics of a scope. */
export interface ScopeMetrics {
  readonly scope: InstrumentationScope;
  readonly metrics: (readonly Bytes[])[];
}

/** Writes the parts of an `ExportMetricsServiceRequest`. */
export interface RequestWriter {
  /** Writes the attributes of a point, which are remembered from one request to the next. */
  attributes(kind: PointKind, attributes: readonly Attribute[], to: MessageWriter): void;
  readonly number: WritePoint<NumberPoint>;
  /**
   * Whether a point of a number that has no exemplars ends in its time, the tag of its value, and its value, each of
   * which always takes the same bytes.
   */
  readonly endsInNumber: boolean;
  readonly histogram: WritePoint<HistogramPoint>;
  readonly exponential: WritePoint<ExponentialPoint>;
  readonly summary: WritePoint<SummaryPoint>;
  /** Returns a metric with these points, of which there are some. */
  metric(form: MetricForm, points: readonly Bytes[]): Bytes[];
  /** Returns the whole request. */
  request(resource: readonly Attribute[], scopes: readonly ScopeMetrics[]): Bytes[];
}
