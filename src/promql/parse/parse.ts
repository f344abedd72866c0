import type { Expr, Span } from '../ast.ts';
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

/** What is nested in an expression or a duration. */
const PARTS = ['expr', 'left', 'right', 'of', 'param', 'selector', 'range', 'step', 'offset'];

type Node = Readonly<Record<string, unknown>> & Span;

/** Many operators in a row are parsed without nesting, yet are nested in what is returned. */
function checkDepth(query: string, root: Expr): void {
  const nodes = [root as unknown as Node];
  const depths = [1];
  const visit = (node: unknown, depth: number) => {
    if (typeof node !== 'object' || !node) return;
    nodes.push(node as Node);
    depths.push(depth);
  };
  for (let node = nodes.pop(); node; node = nodes.pop()) {
    const depth = depths.pop()!;
    if (depth > DEEPEST) throw tooDeep(query, node);
    for (const part of PARTS) visit(node[part], depth + 1);
    for (const arg of (node.args as readonly Expr[]) ?? []) visit(arg, depth + 1);
  }
}
