import type { JsonHistogram } from './histogram/buckets-json.ts';

/** A time in seconds since 1970, and a number as a text, since JSON has no infinite numbers. */
export type Point = [time: number, value: string];
/** A time in seconds since 1970, and a native histogram. */
export type HistogramPoint = [time: number, histogram: JsonHistogram];

/** An element of a vector. It has either a `value` or a `histogram`. */
export interface VectorResult {
  /** The labels, `__name__` among them if the element has a name. */
  readonly metric: Record<string, string>;
  /** When the expression was evaluated, and the number. */
  readonly value?: Point;
  /** When the expression was evaluated, and the native histogram. */
  readonly histogram?: HistogramPoint;
  /** Series of a matrix have it. */
  readonly values?: never;
  /** Series of a matrix have it. */
  readonly histograms?: never;
}

/** A series of a matrix. It may have both numbers and native histograms, but has only one of them at a time. */
export interface MatrixResult {
  /** The labels, `__name__` among them if the series has a name. */
  readonly metric: Record<string, string>;
  /** The numbers, in the order of their times. */
  readonly values?: Point[];
  /** The native histograms, in the order of their times. */
  readonly histograms?: HistogramPoint[];
  /** Elements of a vector have it. */
  readonly value?: never;
  /** Elements of a vector have it. */
  readonly histogram?: never;
}

/** What a query says beside its result. */
export interface Annotations {
  /** What may make the result wrong. */
  readonly warnings: readonly string[];
  /** What is worth knowing of the result. */
  readonly infos: readonly string[];
}

/** A result and its form. A scalar is a number, and a string any text. */
export type TypedResult =
  | { readonly resultType: 'vector'; readonly result: VectorResult[] }
  | { readonly resultType: 'matrix'; readonly result: MatrixResult[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Point };

/**
 * The `data` of Prometheus' HTTP API, and its annotations. `resultType` tells which form `result` has.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
 */
export type QueryResult = Annotations & TypedResult;
