import type { Aggregate } from '../ast.ts';
import { plainNumber } from '../plain-number.ts';
import { QueryError } from '../query-error.ts';
import { quoted } from '../quoted.ts';
import { SampleKind } from '../source.ts';
import { textOf } from './called.ts';
import { Grid } from './grid.ts';
import { histogramLabel } from './histogram-label.ts';
import { isLabelName, NAME, projection, withLabels } from './projection.ts';
import type { Run } from './run.ts';

/** Counts how many series have the same value. The value becomes a label. */
export async function countValues(run: Run, node: Aggregate, grid: Grid): Promise<Grid> {
  const label = textOf(node.param);
  if (!isLabelName(label)) {
    throw new QueryError('execution', `invalid label name ${quoted(label)}`);
  }
  const project = node.without
    ? projection(false, [...node.grouping, NAME])
    : projection(true, [...node.grouping, label]);
  const result = new Grid(run.budget, grid.steps);
  const begins = new Map<string, number>();
  for (let row = 0; row < grid.rows; row++) {
    if (run.spent(grid.steps * 8)) await run.pause();
    // Most series have few values.
    const known = new Map<string, number>();
    for (let k = 0; k < grid.steps; k++) {
      const cell = row * grid.steps + k;
      const kind = grid.kinds[cell];
      if (kind === SampleKind.Absent) continue;
      const text =
        kind === SampleKind.Float
          ? plainNumber(grid.values[cell]!)
          : histogramLabel(grid.histograms![cell]!);
      let begin = known.get(text);
      if (begin === undefined) {
        const labels = project(withLabels(grid.labels[row]!, { [label]: text }));
        begin = begins.get(labels.key) ?? result.add(labels);
        begins.set(labels.key, begin);
        known.set(text, begin);
      }
      const isFirst = result.kinds[begin + k] === SampleKind.Absent;
      result.put(begin + k, isFirst ? 1 : result.values[begin + k]! + 1);
    }
  }
  grid.release();
  return result;
}
