import type { Call, Expr, Unary } from '../ast.ts';
import { typeOf } from '../expr-type.ts';
import { multiply } from '../histogram/arithmetic.ts';
import { SampleKind } from '../source.ts';
import { aggregated } from './aggregate.ts';
import { binaryGrid } from './binary.ts';
import { bare, type GridFunction } from './called.ts';
import { type Frame, frameOf } from './frame.ts';
import { COUNTS } from './functions/counts.ts';
import { DATES } from './functions/dates.ts';
import { HISTOGRAMS } from './functions/histograms.ts';
import { withInfo } from './functions/info.ts';
import { LABELS } from './functions/labels.ts';
import { MATHS } from './functions/maths.ts';
import { OVER_TIME } from './functions/over-time.ts';
import { RATES } from './functions/rates.ts';
import { SCALARS } from './functions/scalars.ts';
import { SORTING } from './functions/sorting.ts';
import { TRENDS } from './functions/trends.ts';
import { type Grid, scalarGrid } from './grid.ts';
import { isInvariant } from './invariant.ts';
import { LONGEST_PIECE } from './longest-piece.ts';
import { withoutNames } from './names.ts';
import { inPieces } from './pieces.ts';
import { callOfRange } from './range-call.ts';
import type { Run } from './run.ts';
import { selectVector } from './select.ts';
import { selectSmoothed } from './smoothed.ts';
import type { RangeFunction } from './view.ts';

const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map(
  Object.entries({ ...OVER_TIME, ...RATES, ...COUNTS, ...TRENDS }),
);
const GRID_FUNCTIONS: ReadonlyMap<string, GridFunction> = new Map(
  Object.entries({ ...MATHS, ...DATES, ...SCALARS, ...SORTING, ...LABELS, ...HISTOGRAMS }),
);

/** What these functions read of the samples of a selector. */
const TIMES: Readonly<Record<string, 'times' | 'starts'>> = {
  timestamp: 'times',
  start_timestamp: 'starts',
};

/**
 * Evaluates an expression that is a vector or a scalar at all times of a frame at once.
 * @throws QueryError
 */
export async function evaluate(run: Run, expr: Expr, frame: Frame): Promise<Grid> {
  run.check();
  run.budget.ask(frame.count);
  if (frame.count > 1 && expr.kind !== 'number' && isInvariant(expr)) {
    const once = await evaluateAll(run, expr, frameOf(frame.start, frame.start, frame.step));
    return once.repeated(frame.count);
  }
  if (frame.count > LONGEST_PIECE && expr.kind !== 'number') {
    return inPieces(run, frame, (piece) => evaluate(run, expr, piece));
  }
  const grid = await evaluateAll(run, expr, frame);
  // Each part of a long expression is quick. All together are not.
  if (run.spent(grid.rows * grid.steps)) await run.pause();
  return grid;
}

function evaluateAll(run: Run, expr: Expr, frame: Frame): Grid | Promise<Grid> {
  switch (expr.kind) {
    case 'number':
      return scalarGrid(run.budget, frame.count, () => expr.value);
    case 'vector-selector':
      return expr.modifier === 'smoothed'
        ? selectSmoothed(run, expr, frame)
        : selectVector(run, expr, frame);
    case 'paren':
      return evaluateAll(run, expr.expr, frame);
    case 'unary':
      return unary(run, expr, frame);
    case 'binary':
      return binaryGrid(run, expr, frame);
    case 'aggregate':
      return aggregated(run, expr, frame);
    case 'call':
      return called(run, expr, frame);
    default:
      // The parser has checked the types.
      throw new TypeError(`${expr.kind} is no vector`);
  }
}

async function unary(run: Run, { op, expr }: Unary, frame: Frame): Promise<Grid> {
  const grid = await run.evaluate(expr, frame);
  if (op === '+') return grid;
  const { kinds, values, rows, steps } = grid;
  for (let cell = 0; cell < rows * steps; cell++) {
    if (kinds[cell] === SampleKind.Histogram) {
      grid.putHistogram(cell, multiply(grid.histograms![cell]!, -1));
    } else values[cell] = -values[cell]!;
  }
  return typeOf(expr) === 'scalar' ? grid : withoutNames(run, grid);
}

async function called(run: Run, call: Call, frame: Frame): Promise<Grid> {
  const ofRange = RANGE_FUNCTIONS.get(call.name);
  if (ofRange) return callOfRange(run, call, frame, ofRange);
  if (call.name === 'info') return withInfo(run, call, frame);
  const first = call.args[0] && bare(call.args[0]);
  const reads = TIMES[call.name];
  if (reads && first?.kind === 'vector-selector') {
    return withoutNames(run, await selectVector(run, first, frame, reads));
  }
  const args: (Grid | undefined)[] = [];
  for (const arg of call.args) {
    args.push(typeOf(arg) === 'string' ? undefined : await run.evaluate(arg, frame));
  }
  const result = await GRID_FUNCTIONS.get(call.name)!({ run, frame, call, args });
  for (const arg of args) if (arg !== result) arg?.release();
  return result;
}
