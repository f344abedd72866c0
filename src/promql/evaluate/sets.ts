import type { Binary } from '../ast.ts';
import { SampleKind } from '../source.ts';
import { Grid } from './grid.ts';
import type { Run } from './run.ts';
import { signatures } from './signatures.ts';

/** Evaluates `and`, `or` and `unless`. */
export async function setOperation(
  run: Run,
  { op, matching }: Binary,
  left: Grid,
  right: Grid,
): Promise<Grid> {
  const numbers = signatures(matching!, left, right);
  const { steps } = left;
  const result = new Grid(run.budget, steps, left.rows + (op === 'or' ? right.rows : 0));
  // Where there is a sample of each signature on the side that decides.
  const [deciding, of] = op === 'or' ? [left, numbers.left] : [right, numbers.right];
  const present = new Uint8Array(numbers.count * steps);
  for (let row = 0; row < deciding.rows; row++) {
    for (let k = 0; k < steps; k++) {
      if (deciding.kinds[row * steps + k] === SampleKind.Absent) continue;
      present[of[row]! * steps + k] = 1;
    }
  }
  const take = async (grid: Grid, signature: Int32Array | undefined, wanted: number) => {
    for (let row = 0; row < grid.rows; row++) {
      if (run.spent(steps)) await run.pause();
      const cell = result.add(grid.labels[row]!, grid.nameless[row]);
      const begin = signature ? signature[row]! * steps : 0;
      for (let k = 0; k < steps; k++) {
        if (signature && present[begin + k] !== wanted) continue;
        result.copy(cell + k, grid, row * steps + k);
      }
      result.dropIfEmpty();
    }
  };
  if (op === 'or') {
    await take(left, undefined, 0);
    await take(right, numbers.right, 0);
    return result.merged();
  }
  await take(left, numbers.left, op === 'and' ? 1 : 0);
  return result;
}
