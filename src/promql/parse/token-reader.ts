import { wellFormed } from '../../platform/realm.ts';
import type { Span } from '../ast.ts';
import { QueryError, type QueryErrorKind } from '../query-error.ts';
import { fault } from './fault.ts';
import { Lexer } from './lexer.ts';
import { described, type Token } from './tokens.ts';

/** The longest query, in UTF-16 units. */
const LONGEST = 1_000_000;
/** How deep a query may be nested, so that no stack overflows that goes through it. */
export const DEEPEST = 500;

/** Of what an unexpected token is told to be a part, and what was expected there. */
export type Context = readonly [context: string, expected: string];
export const NOWHERE: Context = ['', ''];

/** Hands the tokens of a query to the parts of the parser, and makes their errors. */
export class TokenReader {
  readonly query: string;
  /** The innermost construct that is open and has an error of its own. */
  context = NOWHERE;
  /** Where the token ends that was taken last. */
  end = 0;
  readonly #lexer: Lexer;
  #next: Token | undefined;
  #depth = 0;

  constructor(query: string) {
    if (query.length > LONGEST) {
      throw new QueryError('limit', `the query must be at most ${LONGEST} characters long`);
    }
    // What is no Unicode would reach Prometheus like this.
    this.query = wellFormed(query);
    this.#lexer = new Lexer(this.query);
  }

  /** The token that comes next. Tokens are read as late as possible: so the first of several errors is the same. */
  get next(): Token {
    this.#next ??= this.#lexer.next();
    return this.#next;
  }

  take(): Token {
    const token = this.next;
    this.#next = undefined;
    this.end = token.end;
    return token;
  }

  takeIf(type: string): Token | undefined {
    return this.next.type === type ? this.take() : undefined;
  }

  expect(type: string): Token {
    return this.takeIf(type) ?? this.refuse();
  }

  /** Throws that the next token is unexpected. */
  refuse(): never {
    const [context, expected] = this.context;
    const where = context && ` in ${context}`;
    const instead = expected && `, expected ${expected}`;
    throw this.error(`unexpected ${described(this.next)}${where}${instead}`, this.next);
  }

  /** Parses a part that has errors of its own. */
  within<T>(context: Context, parse: () => T): T {
    const outer = this.context;
    this.context = context;
    const result = parse();
    this.context = outer;
    return result;
  }

  /** Begins a part that parts like it may be nested in. It ends with `leave()`, unless the query is refused. */
  enter(): void {
    this.limit(++this.#depth);
  }

  leave(): void {
    this.#depth--;
  }

  /** Refuses a query that is nested so deep. */
  limit(depth: number): void {
    if (depth > DEEPEST) throw tooDeep(this.query, this.next);
  }

  error(message: string, span: Span, kind: QueryErrorKind = 'parse'): QueryError {
    return fault(this.query, kind, message, span);
  }

  /** Does what may throw an error without a place in the query. */
  at<T>(span: Span, make: () => T): T {
    try {
      return make();
    } catch (error) {
      throw this.error((error as Error).message, span);
    }
  }
}

export function tooDeep(query: string, span: Span): QueryError {
  const message = `the query must be nested at most ${DEEPEST} levels deep`;
  return fault(query, 'limit', message, span);
}
