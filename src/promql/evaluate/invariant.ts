import type { Expr } from '../ast.ts';

/** Functions whose results depend on the time of the query even if their arguments do not. */
const OF_TIME = new Set(
  'days_in_month day_of_month day_of_week day_of_year end hour minute month year predict_linear range start step time timestamp'.split(
    ' ',
  ),
);

const known = new WeakMap<Expr, boolean>();

/** Whether an expression is the same at all times of a query, since its selectors have an `@` modifier. */
export function isInvariant(expr: Expr): boolean {
  let result = known.get(expr);
  if (result === undefined) known.set(expr, (result = find(expr)));
  return result;
}

function find(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vector-selector':
    case 'subquery':
      return expr.at !== undefined;
    case 'matrix-selector':
      return expr.selector.at !== undefined;
    case 'paren':
    case 'unary':
      return isInvariant(expr.expr);
    case 'aggregate':
      // Prometheus does not look at the parameter, either.
      return isInvariant(expr.expr);
    case 'binary':
      return isInvariant(expr.left) && isInvariant(expr.right);
    case 'call':
      return !OF_TIME.has(expr.name) && expr.args.every(isInvariant);
  }
}
