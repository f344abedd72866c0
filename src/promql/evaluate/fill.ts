import type { Binary } from '../ast.ts';
import type { LabelSet } from '../label-set.ts';
import { SampleKind } from '../source.ts';
import { combiner } from './cells.ts';
import { type Grid, scalarGrid } from './grid.ts';
import type { Run } from './run.ts';
import { type Sides, signatureOf } from './signatures.ts';

/** Where a side has no sample of a signature, a number may stand in for it. */
export function fillIn(
  run: Run,
  node: Binary,
  { many, one, manyRows, oneRows, isSwapped }: Sides,
  signature: number,
  labelsOf: (many: LabelSet, one: LabelSet) => LabelSet,
  result: Grid,
): void {
  const { fillLeft, fillRight } = node.matching!;
  const project = signatureOf(node.matching!);
  const combine = combiner(run, node);
  const { steps } = many;
  const fill = (
    grid: Grid,
    rows: readonly number[],
    [other, otherRows]: readonly [Grid, readonly number[]],
    value: number | undefined,
    isRight: boolean,
  ) => {
    if (value === undefined || rows.length === 0) return;
    const standIn = scalarGrid(run.budget, steps, () => value);
    for (const row of rows) {
      const labels = grid.labels[row]!;
      const known = project(labels);
      const cell = result.add(
        grid === many ? labelsOf(labels, known) : labelsOf(known, labels),
        node.returnsBool,
      );
      for (let k = 0; k < steps; k++) {
        if (grid.kinds[row * steps + k] === SampleKind.Absent) continue;
        if (otherRows.some((at) => other.kinds[at * steps + k] !== SampleKind.Absent)) continue;
        if (isRight) combine(standIn, k, grid, row * steps + k, result, cell + k, false);
        else combine(grid, row * steps + k, standIn, k, result, cell + k, false);
      }
      result.dropIfEmpty();
    }
    standIn.release();
  };
  const [manyOf, oneOf] = [manyRows[signature]!, oneRows[signature]!];
  // As in Prometheus, `fill_left` is for the side that may have many, also where that is the right one.
  fill(many, manyOf, [one, oneOf], fillRight, isSwapped);
  fill(one, oneOf, [many, manyOf], fillLeft, !isSwapped);
}
