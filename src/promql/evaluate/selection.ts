import type { Aggregate } from '../ast.ts';
import { shortNumberText } from '../number-text.ts';
import { QueryError } from '../query-error.ts';
import { SampleKind } from '../source.ts';
import { bare } from './called.ts';
import { Grid } from './grid.ts';
import type { Groups } from './groups.ts';
import { hashOf } from './hash.ts';
import type { Run } from './run.ts';

/** Picks some of the series of each group: the largest, the smallest, the first, or a share of them. */
export async function selected(
  run: Run,
  node: Aggregate,
  grid: Grid,
  groups: Groups,
  params: Float64Array,
): Promise<Grid> {
  checkParams(run, node, params);
  const { steps } = grid;
  const result = new Grid(run.budget, steps, grid.rows);
  for (let row = 0; row < grid.rows; row++) result.add(grid.labels[row]!, grid.nameless[row]);
  const members: number[][] = groups.labels.map(() => []);
  for (const [row, group] of groups.of.entries()) members[group]!.push(row);
  const pick = pickerOf(run, node, grid);
  const order: number[] = [];
  for (let k = 0; k < steps; k++) {
    for (const rows of members) {
      if (run.spent(rows.length * 8)) await run.pause();
      for (const row of pick(rows, k, params[k]!)) {
        result.copy(row * steps + k, grid, row * steps + k);
        if (steps === 1) order.push(row);
      }
    }
  }
  return steps === 1 ? result.only(order) : result;
}

type Pick = (rows: readonly number[], k: number, param: number) => readonly number[];

function pickerOf(run: Run, node: Aggregate, grid: Grid): Pick {
  const { steps, kinds, values } = grid;
  const present = (rows: readonly number[], k: number) =>
    rows.filter((row) => kinds[row * steps + k] !== SampleKind.Absent);
  if (node.op === 'limit_ratio') {
    const offsets = grid.labels.map(hashOf);
    return (rows, k, param) => {
      const ratio = Math.min(1, Math.max(-1, param));
      return present(rows, k).filter((row) =>
        ratio >= 0 ? offsets[row]! < ratio : offsets[row]! >= 1 + ratio,
      );
    };
  }
  if (node.op === 'limitk') {
    return (rows, k, param) => present(rows, k).slice(0, Math.max(0, Math.trunc(param)));
  }
  const direction = node.op === 'topk' ? -1 : 1;
  return (rows, k, param) => {
    if (param < 1) return [];
    const floats = present(rows, k).filter((row) => {
      if (kinds[row * steps + k] === SampleKind.Float) return true;
      run.annotations.info(`ignored histogram in ${node.op} aggregation`, node);
      return false;
    });
    floats.sort((one, other) =>
      compareValues(values[one * steps + k]!, values[other * steps + k]!, direction),
    );
    return floats.slice(0, Math.trunc(param));
  };
}

/** Compares numbers so that NaN comes last whatever the direction is. */
export function compareValues(one: number, other: number, direction: 1 | -1): number {
  if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1;
  if (Number.isNaN(other)) return -1;
  return one === other ? 0 : (one < other ? -1 : 1) * direction;
}

/** The limits of Go's int64. */
const LEAST = -(2 ** 63);
const GREATEST = 2 ** 63;

function checkParams(run: Run, { op, param }: Aggregate, params: Float64Array): void {
  const fail = (message: string) => {
    throw new QueryError('execution', message);
  };
  const isRatio = op === 'limit_ratio';
  const [least, greatest] = extremes(params);
  if (isRatio ? least === 0 && greatest === 0 : greatest < 1) return;
  if (Number.isNaN(least)) fail(`${isRatio ? 'Ratio' : 'Parameter'} value is NaN`);
  if (isRatio) {
    const warn = (value: number, limit: number) =>
      run.annotations.warn(
        `ratio value should be between -1 and 1, got ${shortNumberText(value)}, capping to ${limit}`,
        bare(param!),
      );
    if (greatest > 1) warn(greatest, 1);
    if (least < -1) warn(least, -1);
  } else {
    if (least <= LEAST) fail(`Scalar value ${shortNumberText(least)} underflows int64`);
    if (greatest >= GREATEST) fail(`Scalar value ${shortNumberText(greatest)} overflows int64`);
  }
}

/** Returns the least and the greatest number. Both are NaN if one is. */
export function extremes(numbers: Float64Array): [least: number, greatest: number] {
  let least = Infinity;
  let greatest = -Infinity;
  for (const number of numbers) {
    least = Math.min(least, number);
    greatest = Math.max(greatest, number);
  }
  return [least, greatest];
}
