import type { QueryError } from '../../promql/query-error.ts';

/** What the part answers to a query. Over a link an error would lose all but its message. */
export type Outcome<Result> =
  | { readonly result: Result }
  | { readonly error: Pick<QueryError, 'kind' | 'message' | 'position' | 'span' | 'errors'> };
