import type { Aggregate } from '../ast.ts';
import { average, sum } from '../histogram/aggregation.ts';
import { compact } from '../histogram/arithmetic.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { shortNumberText } from '../number-text.ts';
import { SampleKind } from '../source.ts';
import { ACCUMULATORS, type Accumulator } from './accumulators.ts';
import { bare } from './called.ts';
import { countValues } from './count-values.ts';
import type { Frame } from './frame.ts';
import { Grid } from './grid.ts';
import { type Groups, groupsOf } from './groups.ts';
import { noteTo } from './histogram-notes.ts';
import { NAME, projection } from './projection.ts';
import { quantileOf } from './quantile.ts';
import type { Run } from './run.ts';
import { extremes, selected } from './selection.ts';

/** Evaluates an aggregation. */
export async function aggregated(run: Run, node: Aggregate, frame: Frame): Promise<Grid> {
  const { op, param, without, grouping } = node;
  const isText = op === 'count_values';
  const params = param && !isText ? await run.evaluate(bare(param), frame) : undefined;
  const grid = await run.evaluate(bare(node.expr), frame);
  if (op === 'count_values') return countValues(run, node, grid);
  const groups = groupsOf(
    grid,
    without ? projection(false, [...grouping, NAME]) : projection(true, grouping),
  );
  let result: Grid;
  if (op === 'topk' || op === 'bottomk' || op === 'limitk' || op === 'limit_ratio') {
    result = await selected(run, node, grid, groups, params!.values);
  } else {
    result = new Grid(run.budget, frame.count, groups.labels.length);
    for (const labels of groups.labels) result.add(labels);
    for (let row = 0; row < grid.rows; row++) {
      if (grid.nameless[row]) result.nameless[groups.of[row]!] = true;
    }
    if (op === 'quantile') await quantiles(run, node, grid, groups, result, params!.values);
    else await collect(run, node, grid, groups, result, ACCUMULATORS[op](result.values.length));
  }
  grid.release();
  params?.release();
  return result.withoutEmptyRows();
}

/** Says that histograms do not count in an aggregation. */
export function tellIgnored(run: Run, node: Aggregate, at = bare(node.expr)): void {
  run.annotations.info(`ignored histogram in ${node.op} aggregation`, at);
}

async function collect(
  run: Run,
  node: Aggregate,
  grid: Grid,
  groups: Groups,
  result: Grid,
  accumulator: Accumulator,
): Promise<void> {
  const { op } = node;
  const { steps, kinds, values } = grid;
  const counts = new Float64Array(result.values.length);
  const histograms = new Map<number, FloatHistogram[]>();
  for (let row = 0; row < grid.rows; row++) {
    if (run.spent(steps)) await run.pause();
    let cell = row * steps;
    const begin = groups.of[row]! * steps;
    for (let at = begin; at < begin + steps; at++, cell++) {
      const kind = kinds[cell];
      if (kind === SampleKind.Float) accumulator.add(at, values[cell]!, counts[at]!++);
      else if (kind === SampleKind.Histogram) {
        if (op === 'count' || op === 'group') counts[at]!++;
        else if (op === 'sum' || op === 'avg') {
          const known = histograms.get(at);
          if (known) known.push(grid.histograms![cell]!);
          else histograms.set(at, [grid.histograms![cell]!]);
        } else tellIgnored(run, node);
      }
    }
  }
  for (let at = 0; at < result.rows * steps; at++) {
    if (counts[at]! > 0) result.put(at, accumulator.result(at, counts[at]!));
  }
  for (const [at, found] of histograms) {
    if (counts[at]! === 0) combine(run, node, found, grid.labels[0]!.get(NAME), result, at);
    else {
      result.kinds[at] = SampleKind.Absent;
      run.annotations.warn(
        'encountered a mix of histograms and floats for aggregation',
        bare(node.expr),
      );
    }
  }
}

/** Writes the sum or the mean of histograms into a cell. */
function combine(
  run: Run,
  node: Aggregate,
  histograms: readonly FloatHistogram[],
  metric: string,
  result: Grid,
  cell: number,
): void {
  const at = bare(node.expr);
  // Prometheus names the metric of the series that does not fit. It is mostly the same for all of them.
  const note = noteTo(run, at, metric);
  const combined = (node.op === 'sum' ? sum : average)(histograms, note);
  if (combined) result.putHistogram(cell, compact(combined));
}

async function quantiles(
  run: Run,
  node: Aggregate,
  grid: Grid,
  { of }: Groups,
  result: Grid,
  params: Float64Array,
): Promise<void> {
  for (const q of extremes(params)) {
    if (q >= 0 && q <= 1) continue;
    run.annotations.warn(
      `quantile value should be between 0 and 1, got ${shortNumberText(q)}`,
      bare(node.param!),
    );
  }
  const { steps, kinds, values } = grid;
  const sizes = new Int32Array(result.rows).fill(0);
  for (const group of of) sizes[group]!++;
  const found = Array.from(sizes, (size) => new Float64Array(size));
  for (let k = 0; k < steps; k++) {
    if (run.spent(grid.rows * 8)) await run.pause();
    sizes.fill(0);
    for (let row = 0; row < grid.rows; row++) {
      const kind = kinds[row * steps + k];
      const group = of[row]!;
      if (kind === SampleKind.Float) found[group]![sizes[group]!++] = values[row * steps + k]!;
      else if (kind === SampleKind.Histogram) tellIgnored(run, node);
    }
    for (let group = 0; group < result.rows; group++) {
      if (sizes[group] === 0) continue;
      const floats = found[group]!.subarray(0, sizes[group]!);
      result.put(group * steps + k, quantileOf(params[k]!, floats));
    }
  }
}
