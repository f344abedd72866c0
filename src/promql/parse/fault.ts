import type { Span } from '../ast.ts';
import { positionOf } from '../position.ts';
import { QueryError, type QueryErrorKind } from '../query-error.ts';

/** Returns the error that a part of a query is wrong. */
export function fault(
  query: string,
  kind: QueryErrorKind,
  message: string,
  { start, end }: Span,
): QueryError {
  return new QueryError(kind, message, positionOf(query, start), { start, end });
}
