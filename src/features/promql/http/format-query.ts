import type { Expr } from '../../../promql/ast.ts';
import { invalidParameter, isOfQuery, messageOf } from '../refused.ts';
import type { Answer, Served } from '../served.ts';
import type { Form } from './form.ts';

/** A line has so many characters at most, if it can be broken. */
const LINE = 100;

/** `/api/v1/format_query` */
export function formatQuery(form: Form, served: Served): Answer {
  try {
    return { data: broken(served.parse(form.get('query')), '', served.printed) };
  } catch (error) {
    throw isOfQuery(error) ? invalidParameter('query', messageOf(error)) : error;
  }
}

/** Writes an expression with line breaks, where Prometheus has them. */
function broken(expr: Expr, indent: string, printed: Served['printed']): string {
  const line = printed(expr);
  const inner = `${indent}  `;
  const list = (args: readonly Expr[]) =>
    args.map((arg) => broken(arg, inner, printed)).join(',\n');
  const isLong = new TextEncoder().encode(line).length > LINE;
  switch (isLong ? expr.kind : '') {
    case 'aggregate': {
      const { param, expr: of } = expr as Extract<Expr, { kind: 'aggregate' }>;
      const args = param ? [param, of] : [of];
      // The rest of the line is what stands before the arguments, such as `sum by (job) `.
      const behind = args.map(printed).join(', ').length + '()'.length;
      return `${indent}${line.slice(0, -behind)}(\n${list(args)}\n${indent})`;
    }
    case 'call': {
      const { name, args } = expr as Extract<Expr, { kind: 'call' }>;
      return `${indent}${name}(\n${list(args)}\n${indent})`;
    }
    case 'paren':
      return `${indent}(\n${list([(expr as Extract<Expr, { kind: 'paren' }>).expr])}\n${indent})`;
    case 'binary': {
      const { left, right } = expr as Extract<Expr, { kind: 'binary' }>;
      const op = line.slice(printed(left).length, -printed(right).length).trim();
      return `${broken(left, inner, printed)}\n${indent}${op}\n${broken(right, inner, printed)}`;
    }
    case 'subquery': {
      const { expr: of } = expr as Extract<Expr, { kind: 'subquery' }>;
      return `${broken(of, indent, printed)}${line.slice(printed(of).length)}`;
    }
    case 'unary': {
      const { op, expr: of } = expr as Extract<Expr, { kind: 'unary' }>;
      return `${indent}${op}${broken(of, indent, printed).trim()}`;
    }
    default:
      return `${indent}${line}`;
  }
}
