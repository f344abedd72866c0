import type { Binary } from '../ast.ts';
import { operate } from '../histogram/operator.ts';
import { SampleKind } from '../source.ts';
import type { Grid } from './grid.ts';
import { noteTo } from './histogram-notes.ts';
import { ARITHMETIC, COMPARISONS, isArithmetic, isComparison } from './operators.ts';
import type { Run } from './run.ts';

/** A place in a grid. */
type Place = readonly [grid: Grid, cell: number];

/**
 * Writes the result of an operator on two cells, which both hold samples, into a cell of another grid or into
 * one of the same. It writes nothing if a comparison does not hold.
 * @param kept the grid whose cell a comparison that holds is to keep
 */
export type CombineCells = (
  left: Grid,
  l: number,
  right: Grid,
  r: number,
  result: Grid,
  cell: number,
  keepsRight: boolean,
) => void;

export function combiner(run: Run, node: Binary): CombineCells {
  const { op, returnsBool } = node;
  const compute = isArithmetic(op) ? ARITHMETIC[op] : undefined;
  const holds = isComparison(op) ? COMPARISONS[op] : undefined;
  return (left, l, right, r, result, cell, keepsRight) => {
    const areFloats = left.kinds[l] === SampleKind.Float && right.kinds[r] === SampleKind.Float;
    if (!areFloats || !(compute || holds)) {
      combineHistograms(run, node, [left, l], [right, r], [result, cell]);
    } else if (compute) {
      result.put(cell, compute(left.values[l]!, right.values[r]!));
    } else {
      const isTrue = holds!(left.values[l]!, right.values[r]!);
      if (returnsBool) result.put(cell, Number(isTrue));
      else if (isTrue) result.put(cell, keepsRight ? right.values[r]! : left.values[l]!);
      else result.kinds[cell] = SampleKind.Absent;
    }
  };
}

/** Where one side at least is a histogram, or the operator is for histograms only. */
function combineHistograms(
  run: Run,
  node: Binary,
  left: Place,
  right: Place,
  [result, cell]: Place,
): void {
  const one = operandAt(left);
  const other = operandAt(right);
  let isRefused = false;
  const note = noteTo(run, node, '');
  const value = operate(node.op, one, other, (found) => {
    if (found === 'incompatible-types') {
      isRefused = true;
      const type = (operand: unknown) => (typeof operand === 'number' ? 'float' : 'histogram');
      run.annotations.info(
        `incompatible sample types encountered for binary operator ${JSON.stringify(node.op)}: ${type(one)} ${node.op} ${type(other)}`,
        node,
      );
    } else if (found === 'incompatible') {
      isRefused = true;
      run.annotations.warn(
        `incompatible bucket layout encountered for binary operator ${node.op}`,
        node,
      );
    } else note(found);
  });
  result.kinds[cell] = SampleKind.Absent;
  if (node.returnsBool && !isRefused) result.put(cell, Number(value !== undefined));
  else if (value !== undefined) result.putHistogram(cell, value);
}

function operandAt([grid, cell]: Place) {
  return grid.kinds[cell] === SampleKind.Histogram ? grid.histograms![cell]! : grid.values[cell]!;
}
