import type { Binary } from '../ast.ts';
import { typeOf } from '../expr-type.ts';
import { SampleKind } from '../source.ts';
import { combiner } from './cells.ts';
import type { Frame } from './frame.ts';
import { type Grid, scalarGrid } from './grid.ts';
import { matched } from './matching.ts';
import { withoutNames } from './names.ts';
import { ARITHMETIC, COMPARISONS, isArithmetic, isComparison } from './operators.ts';
import type { Run } from './run.ts';
import { setOperation } from './sets.ts';

/** Evaluates an operation on two vectors, two scalars, or one of each. */
export async function binaryGrid(run: Run, node: Binary, frame: Frame): Promise<Grid> {
  const left = await run.evaluate(node.left, frame);
  const right = await run.evaluate(node.right, frame);
  const leftIsScalar = typeOf(node.left) === 'scalar';
  if (leftIsScalar !== (typeOf(node.right) === 'scalar'))
    return withScalar(run, node, left, right, leftIsScalar);
  let result: Grid;
  if (leftIsScalar) result = ofScalars(run, node, left, right);
  else if (node.op === 'and' || node.op === 'or' || node.op === 'unless') {
    result = await setOperation(run, node, left, right);
  } else result = await matched(run, node, left, right);
  left.release();
  right.release();
  return result;
}

function ofScalars({ budget }: Run, { op }: Binary, left: Grid, right: Grid): Grid {
  const holds = isComparison(op) ? COMPARISONS[op] : undefined;
  const compute = isArithmetic(op)
    ? ARITHMETIC[op]
    : (one: number, other: number) => Number(holds!(one, other));
  return scalarGrid(budget, left.steps, (k) => compute(left.values[k]!, right.values[k]!));
}

/** An operation of a vector and a scalar. It changes the vector in place. */
async function withScalar(
  run: Run,
  node: Binary,
  left: Grid,
  right: Grid,
  leftIsScalar: boolean,
): Promise<Grid> {
  const vector = leftIsScalar ? right : left;
  const { steps, kinds } = vector;
  const combine = combiner(run, node);
  for (let row = 0; row < vector.rows; row++) {
    if (run.spent(steps)) await run.pause();
    for (let k = 0, cell = row * steps; k < steps; k++, cell++) {
      if (kinds[cell] === SampleKind.Absent) continue;
      // A comparison keeps the elements of the vector, on whichever side it is.
      if (leftIsScalar) combine(left, k, right, cell, vector, cell, true);
      else combine(left, cell, right, k, vector, cell, false);
    }
  }
  (leftIsScalar ? left : right).release();
  return isArithmetic(node.op) || node.returnsBool ? withoutNames(run, vector) : vector;
}
