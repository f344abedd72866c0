import type { Expr } from '../ast.ts';
import { TypeChecker } from './check.ts';
import { ExpressionParser } from './expression-parser.ts';
import { DEEPEST, TokenReader, tooDeep } from './token-reader.ts';

export interface ParseOptions {
  /** Whether experimental functions, aggregators and modifiers may be used. Default: false. */
  readonly experimental?: boolean | undefined;
}

/**
 * Parses a query and checks its types.
 * @throws QueryError if it is wrong, too long or too deeply nested
 */
export function parse(query: string, { experimental = false }: ParseOptions = {}): Expr {
  const expr = parseUnchecked(query, experimental);
  const checker = new TypeChecker(query);
  checker.check(expr);
  if (checker.errors[0]) throw checker.errors[0];
  return expr;
}

/** Parses a query of which only the syntax need be right. */
export function parseUnchecked(query: string, experimental: boolean): Expr {
  const expr = new ExpressionParser(new TokenReader(query), experimental).parse();
  checkDepth(query, expr);
  return expr;
}

/** Many operators in a row are parsed without nesting, yet are nested in what is returned. */
function checkDepth(query: string, root: Expr): void {
  const waiting: [expr: Expr, depth: number][] = [[root, 1]];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const [expr, depth] = one;
    if (depth > DEEPEST) throw tooDeep(query, expr);
    for (const child of childrenOf(expr)) waiting.push([child, depth + 1]);
  }
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'call':
      return expr.args;
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregate':
      return expr.param ? [expr.param, expr.expr] : [expr.expr];
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.expr];
    default:
      return [];
  }
}
