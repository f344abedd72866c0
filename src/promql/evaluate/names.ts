import { QueryError } from '../query-error.ts';
import { type Grid, SAME_LABELS } from './grid.ts';
import { NAME, withoutName } from './projection.ts';
import type { Run } from './run.ts';

/**
 * Takes the names of the metrics away, or sees to it that they go at the end of the query. Rows that are the
 * same then become one, unless both have a sample at the same time.
 * @throws QueryError
 */
export function withoutNames(run: Run, grid: Grid): Grid {
  if (run.settings.delayedNameRemoval) {
    grid.nameless.fill(true);
    return grid;
  }
  return dropNames(grid) ? grid : grid.merged();
}

/** Takes names away. No two rows may be the same then, whatever their times are. */
export function withoutNamesOfOthers(run: Run, grid: Grid): Grid {
  if (run.settings.delayedNameRemoval) {
    grid.nameless.fill(true);
  } else if (!dropNames(grid)) {
    refuseSameLabels(grid);
  }
  return grid;
}

/** @throws QueryError if two rows have the same labels */
export function refuseSameLabels(grid: Grid): void {
  if (new Set(grid.labels.map(({ key }) => key)).size !== grid.rows) {
    throw new QueryError('execution', SAME_LABELS);
  }
}

/** Removes the names that are left at the end of a query. */
export function withoutNamesAtTheEnd(run: Run, grid: Grid): Grid {
  if (!run.settings.delayedNameRemoval) return grid;
  for (let row = 0; row < grid.rows; row++) {
    if (grid.nameless[row]) grid.labels[row] = withoutName(grid.labels[row]!);
  }
  return grid.merged();
}

/** Returns whether it is certain that rows which differed still do: all had the same name, and lost only that. */
function dropNames({ labels, rows }: Grid): boolean {
  let apart = true;
  const name = rows > 0 ? labels[0]!.get(NAME) : '';
  for (let row = 0; row < rows; row++) {
    const before = labels[row]!;
    const after = withoutName(before);
    apart &&=
      before.get(NAME) === name &&
      before.names.length - after.names.length === (name === '' ? 0 : 1);
    labels[row] = after;
  }
  return apart;
}
