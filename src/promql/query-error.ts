import type { Span } from './ast.ts';

/** Why a query was given up. */
export type QueryErrorKind = 'parse' | 'type' | 'execution' | 'limit';

/** Where in a query something is wrong. Both count from 1, the column in bytes of UTF-8, as in Prometheus. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A query that cannot be answered. The message is what Prometheus says, without the position. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly kind: QueryErrorKind;
  /** Absent if the error is not of one place in the query. */
  readonly position?: Position | undefined;
  /** The part of the query that is wrong, for editors. */
  readonly span?: Span | undefined;

  constructor(kind: QueryErrorKind, message: string, position?: Position, span?: Span) {
    super(message);
    this.kind = kind;
    this.position = position;
    this.span = span;
  }
}
