import type { FloatHistogram } from './histogram/float-histogram.ts';
import type { LabelSet } from './label-set.ts';
import type { Source } from './source.ts';

/** How an engine evaluates. */
export interface EngineOptions {
  /** How many seconds a selector looks back for the newest sample. Default 300. */
  readonly lookback?: number | undefined;
  /** Whether experimental functions, aggregators and modifiers may be used. Default: false. */
  readonly experimental?: boolean | undefined;
  /** Whether names of metrics are removed at the end of a query. Default: false. */
  readonly delayedNameRemoval?: boolean | undefined;
  /** The most samples that a query may hold at a time. Default 50,000,000. */
  readonly maxSamples?: number | undefined;
  /** How many seconds a query may take. Default 120. */
  readonly timeout?: number | undefined;
}

export interface QueryOptions {
  /** Seconds since 1970. Default: now. */
  readonly time?: number | undefined;
  /** Gives the query up. */
  readonly signal?: AbortSignal | undefined;
}

/** An element of a vector, as other parts of the library use it. */
export interface VectorElement {
  readonly labels: LabelSet;
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

export interface Engine {
  /**
   * Evaluates an expression at one time. Resolves to what Prometheus' HTTP API calls `data`.
   * @throws QueryError
   */
  query(expr: string, options?: QueryOptions): Promise<QueryResult>;
  /** Evaluates an expression at each step. Times and the step are in seconds. */
  queryRange(expr: string, options: RangeOptions): Promise<QueryResult>;
  /**
   * Evaluates an expression at one time, for rules: the elements of a vector; a scalar is an element without
   * labels. Warnings and infos are texts.
   */
  vector(
    expr: string,
    options?: QueryOptions,
  ): Promise<{ elements: readonly VectorElement[]; warnings: string[]; infos: string[] }>;
}

export interface RangeOptions {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly signal?: AbortSignal | undefined;
}

/** The `data` of Prometheus' HTTP API, and its annotations. */
export interface QueryResult {
  readonly resultType: 'scalar' | 'vector' | 'matrix' | 'string';
  readonly result: unknown;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export declare function createEngine(source: Source, options?: EngineOptions): Engine;
