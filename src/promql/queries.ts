import type { Expr } from './ast.ts';
import type { Matcher } from './matcher.ts';
import type { QueryResult } from './query-result.ts';

/** What ends a query early. */
export interface QueryLimits {
  /** How many seconds it may take; never more than the feature allows. */
  readonly timeout?: number | undefined;
  /** Gives the query up. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of `query()`. */
export interface InstantQueryOptions extends QueryLimits {
  /**
   * Seconds since 1970.
   * @defaultValue now
   */
  readonly time?: number | undefined;
}

/** The options of `queryRange()`. */
export interface RangeQueryOptions extends QueryLimits {
  /** The first time, in seconds since 1970. */
  readonly start: number;
  /** No time is later than this. Seconds since 1970. */
  readonly end: number;
  /** How many seconds lie between two times. */
  readonly step: number;
}

/** What the feature `promql` offers. */
export interface Queries {
  /**
   * Evaluates an expression at one time.
   * @throws QueryError if it cannot be answered
   */
  query(expr: string, options?: InstantQueryOptions | null): Promise<QueryResult>;
  /**
   * Evaluates an expression at each step from `start` to `end`.
   * @throws QueryError if it cannot be answered
   */
  queryRange(expr: string, options: RangeQueryOptions): Promise<QueryResult>;
  /**
   * Resolves to the tree of an expression.
   * @throws QueryError if it is none
   */
  parse(expr: string): Promise<ParsedQuery>;
}

/** An expression as a tree, which can be cloned and written as JSON. */
export type ParsedQuery = Plain<Expr>;

type Plain<T> = T extends Matcher
  ? Omit<Matcher, 'matches'>
  : T extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Plain<T[Key]> }
      : T;
