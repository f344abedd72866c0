import type { Matcher } from './matcher.ts';

/** The types of values that an expression may have. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** Where a node stands in the text of the query: offsets of UTF-16 units, `end` behind the last one. */
export interface Span {
  /** Where it begins: the index of a character in the expression. */
  readonly start: number;
  /** Where it ends: the index behind its last character. */
  readonly end: number;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export interface NumberLiteral extends Span {
  /** Tells this kind of node. */
  readonly kind: 'number';
  /** A duration such as `5m` is its number of seconds. */
  readonly value: number;
  /** Whether it was written as a duration. */
  readonly isDuration: boolean;
}

export interface StringLiteral extends Span {
  /** Tells this kind of node. */
  readonly kind: 'string';
  /** The text, without quotes and escapes. */
  readonly value: string;
}

/**
 * A duration in milliseconds, or an expression of durations, which is known only with the start, the end and
 * the step of the query.
 */
export type Duration = number | DurationExpression;

export type DurationExpression = Span &
  (
    | NumberLiteral
    | { readonly kind: 'step' | 'range' }
    | { readonly kind: 'negated' | 'duration-paren'; readonly of: DurationExpression }
    | {
        readonly kind: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';
        readonly left: DurationExpression;
        readonly right: DurationExpression;
      }
  );

/** The `@` modifier: a time in milliseconds, or the start or end of the query. */
export type At = number | 'start' | 'end';

export interface VectorSelector extends Span {
  /** Tells this kind of node. */
  readonly kind: 'vector-selector';
  /** The metric's name as written before the braces; empty if none is written there. */
  readonly name: string;
  /** All matchers, that of `__name__` included. */
  readonly matchers: readonly Matcher[];
  /** How far back it looks. */
  readonly offset: Duration;
  /** The time of the `@` modifier. */
  readonly at?: At | undefined;
  /** How values at the ends of the range are found. Experimental. */
  readonly modifier?: 'anchored' | 'smoothed' | undefined;
}

export interface MatrixSelector extends Span {
  /** Tells this kind of node. */
  readonly kind: 'matrix-selector';
  /** It holds the `offset` and `at` that stand behind the range. */
  readonly selector: VectorSelector;
  /** How long the range is. */
  readonly range: Duration;
}

export interface Subquery extends Span {
  /** Tells this kind of node. */
  readonly kind: 'subquery';
  /** The expression that is evaluated at each step. */
  readonly expr: Expr;
  /** How long the range is. */
  readonly range: Duration;
  /** Absent if the default step applies. */
  readonly step?: Duration | undefined;
  /** How far back it looks. */
  readonly offset: Duration;
  /** The time of the `@` modifier. */
  readonly at?: At | undefined;
}

export interface Call extends Span {
  /** Tells this kind of node. */
  readonly kind: 'call';
  /** A name in `functions.ts`. */
  readonly name: string;
  /** The arguments. */
  readonly args: readonly Expr[];
}

export type AggregateOperator =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'
  | 'limitk'
  | 'limit_ratio';

export interface Aggregate extends Span {
  /** Tells this kind of node. */
  readonly kind: 'aggregate';
  /** The aggregation. */
  readonly op: AggregateOperator;
  /** What is aggregated. */
  readonly expr: Expr;
  /** The first argument of `topk`, `bottomk`, `count_values`, `quantile`, `limitk` and `limit_ratio`. */
  readonly param?: Expr | undefined;
  /** Whether `grouping` are the labels that go (`without`), or those that stay (`by`). */
  readonly without: boolean;
  /** The label names behind `by` or `without`. */
  readonly grouping: readonly string[];
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
/** `</` and `>/` cut native histograms off. */
export type TrimOperator = '</' | '>/';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator | TrimOperator;

export interface Matching {
  /** How many elements of each side may match one of the other. */
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** Whether `labels` are those that must be the same (`on`), or those that need not be (`ignoring`). */
  readonly on: boolean;
  /** The label names behind `on` or `ignoring`. */
  readonly labels: readonly string[];
  /** The labels of `group_left(…)` or `group_right(…)`. */
  readonly include: readonly string[];
  /** What stands in for a series that is missing on a side. Experimental. */
  readonly fillLeft?: number | undefined;
  /** The same for the right side. */
  readonly fillRight?: number | undefined;
}

export interface Binary extends Span {
  /** Tells this kind of node. */
  readonly kind: 'binary';
  /** The operator. */
  readonly op: BinaryOperator;
  /** The left side. */
  readonly left: Expr;
  /** The right side. */
  readonly right: Expr;
  /** Whether a comparison gives 0 or 1 (`bool`), and does not filter. */
  readonly returnsBool: boolean;
  /** Present if both sides are vectors. */
  readonly matching?: Matching | undefined;
}

export interface Unary extends Span {
  /** Tells this kind of node. */
  readonly kind: 'unary';
  /** The sign. */
  readonly op: '+' | '-';
  /** What the sign stands before. */
  readonly expr: Expr;
}

export interface Paren extends Span {
  /** Tells this kind of node. */
  readonly kind: 'paren';
  /** What stands in the parentheses. */
  readonly expr: Expr;
}
