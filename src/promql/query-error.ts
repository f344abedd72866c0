import type { Span } from './ast.ts';

/** Why a query was given up. */
export type QueryErrorKind = 'parse' | 'type' | 'execution' | 'limit';

/** Where in a query something is wrong. Both count from 1, the column in bytes of UTF-8, as in Prometheus. */
export interface Position {
  /** The line, counted from 1. */
  readonly line: number;
  /** The column, counted from 1. */
  readonly column: number;
}

/** What is wrong at one place of a query, as editors show it. */
export interface Diagnosis {
  /** What Prometheus says of it, without the position. */
  readonly message: string;
  /** Both count from 1, the column in bytes of UTF-8, as in Prometheus. An empty query has 1 and 1. */
  readonly line: number;
  /** The column, counted from 1. */
  readonly column: number;
  /** Offsets of UTF-16 units, as JavaScript's strings count, `end` behind the last one. */
  readonly start: number;
  /** Where it ends: the index behind its last character. */
  readonly end: number;
}

/**
 * A query that cannot be answered. The message is what Prometheus says, without the position.
 * @example
 * ```ts
 * import { createEngine, memorySource, QueryError } from 'utilityfog-telemetry/promql/engine';
 *
 * const engine = createEngine(memorySource([]));
 * try {
 *   await engine.query('rate(', { time: 60 });
 * } catch (error) {
 *   if (error instanceof QueryError) console.log(error.kind);
 * }
 * // -> parse
 * ```
 */
export class QueryError extends Error {
  /** Tells the class apart where `instanceof` cannot, as between two copies of the package. */
  override readonly name = 'QueryError';
  /** What kind of error it is. */
  readonly kind: QueryErrorKind;
  /** Absent if the error is not of one place in the query. */
  readonly position?: Position | undefined;
  /** The part of the query that is wrong, for editors. */
  readonly span?: Span | undefined;
  /**
   * All that is wrong, of which this is the first: the first error of the syntax, or else up to 100 errors of types.
   * Only `parsePromQL()` tells them.
   */
  readonly errors?: readonly Diagnosis[] | undefined;

  constructor(
    kind: QueryErrorKind,
    message: string,
    position?: Position,
    span?: Span,
    errors?: readonly Diagnosis[],
  ) {
    super(message);
    this.errors = errors;
    this.kind = kind;
    this.position = position;
    this.span = span;
  }
}
