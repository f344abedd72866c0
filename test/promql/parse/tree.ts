import type { Expr } from '../../../src/promql/ast.ts';
import { parse } from '../../../src/promql/parse/parse.ts';

/** Parses a query, experimental ones too. Returns what it means, without places and functions. */
export function meaningOf(query: string): unknown {
  return bare(parse(query, { experimental: true }));
}

/** Leaves out of an expression what does not change its meaning: places, and the order of matchers. */
export function bare(expr: Expr): unknown {
  return JSON.parse(
    JSON.stringify(expr, (key, value) => {
      if (key === 'start' || key === 'end' || key === 'literals') return undefined;
      if (key === 'matchers') return [...value].sort((a, b) => (label(a) < label(b) ? -1 : 1));
      return typeof value === 'number' ? String(Object.is(value, -0) ? '-0' : value) : value;
    }),
  );
}

const label = ({ name, op, value }: Record<string, string>) => `${name}${op}${value}`;
