import type { Subquery } from '../ast.ts';
import { milliseconds, offsetOf } from './durations.ts';
import { type Frame, frameOf, lastOf, timesOf } from './frame.ts';
import { Grid } from './grid.ts';
import type { Run } from './run.ts';

/** The step of a subquery that names none: the default evaluation interval of Prometheus. */
const DEFAULT_STEP = 60_000;

/**
 * Evaluates the expression of a subquery at all times that its windows need.
 * @param fixed the time of its `@` modifier
 */
export async function subqueryGrid(
  run: Run,
  subquery: Subquery,
  frame: Frame,
  fixed: number | undefined,
): Promise<{ grid: Grid; times: Float64Array }> {
  const offset = offsetOf(run, subquery.offset);
  const range = milliseconds(run, subquery.range);
  const step = subquery.step === undefined ? DEFAULT_STEP : milliseconds(run, subquery.step);
  const from = (fixed ?? frame.start) - offset - range;
  // The times are multiples of the step. The window does not include its beginning.
  let start = step * Math.trunc(from / step);
  if (start <= from) start += step;
  const inner = frameOf(start, (fixed ?? lastOf(frame)) - offset, step);
  const grid =
    inner.count === 0 ? new Grid(run.budget, 0, 0) : await run.evaluate(subquery.expr, inner);
  return { grid, times: timesOf(inner) };
}
