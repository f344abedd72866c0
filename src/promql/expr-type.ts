import type { Expr, ValueType } from './ast.ts';
import { FUNCTIONS } from './functions.ts';

/** Returns the type of the values of an expression. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'matrix-selector':
    case 'subquery':
      return 'matrix';
    case 'call':
      return FUNCTIONS.get(expr.name)!.returns;
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar'
        ? 'scalar'
        : 'vector';
    default:
      return 'vector';
  }
}
