import type { Call, Expr } from '../ast.ts';
import type { Frame } from './frame.ts';
import type { Grid } from './grid.ts';
import type { Run } from './run.ts';

/** The call of a function that knows no ranges. */
export interface Called {
  readonly run: Run;
  readonly frame: Frame;
  readonly call: Call;
  /** The values of the arguments. The function may change them. Texts are absent: see `textOf`. */
  readonly args: readonly (Grid | undefined)[];
}

export type GridFunction = (called: Called) => Grid | Promise<Grid>;

/** Returns the text that an argument is. */
export function textOf(arg: Expr | undefined): string {
  while (arg?.kind === 'paren') arg = arg.expr;
  return arg?.kind === 'string' ? arg.value : '';
}

/** Returns an expression without the parentheses around it. */
export function bare(expr: Expr): Expr {
  while (expr.kind === 'paren') expr = expr.expr;
  return expr;
}
