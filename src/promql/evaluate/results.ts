import { histogramJson } from '../histogram/buckets-json.ts';
import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { compareLabels } from '../label-set.ts';
import { numberText } from '../number-text.ts';
import type { HistogramPoint, MatrixResult, Point, VectorResult } from '../query-result.ts';
import { SampleKind, type Series } from '../source.ts';
import type { Grid } from './grid.ts';
import type { Run } from './run.ts';

/** Returns the elements of a vector as Prometheus' HTTP API has them. */
export function vectorResult({ labels, kinds, values, histograms }: Grid, ms: number) {
  const result: VectorResult[] = [];
  labels.forEach((one, row) => {
    if (kinds[row] === SampleKind.Absent) return;
    const metric = one.toObject();
    result.push(
      kinds[row] === SampleKind.Float
        ? { metric, value: point(ms, values[row]!) }
        : { metric, histogram: histogramPoint(ms, histograms![row]!) },
    );
  });
  return result;
}

/** Returns the rows of a grid, each with its samples, as Prometheus' HTTP API has them. */
export function matrixResult(run: Run, grid: Grid, times: Float64Array): Promise<MatrixResult[]> {
  const { kinds, values, steps } = grid;
  const series = grid.labels.map((labels, row) => {
    const begin = row * steps;
    return {
      ...{ labels, times, begin: 0, end: steps },
      values: values.subarray(begin, begin + steps),
      kinds: kinds.subarray(begin, begin + steps),
      histograms: grid.histograms?.slice(begin, begin + steps),
    };
  });
  return seriesResult(run, series);
}

/** Returns series, ordered by their labels, as Prometheus' HTTP API has them. */
export async function seriesResult(run: Run, series: readonly Series[]): Promise<MatrixResult[]> {
  const found: MatrixResult[] = [];
  for (const one of [...series].sort((a, b) => compareLabels(a.labels, b.labels))) {
    const result = await oneSeries(run, one);
    if (result.values || result.histograms) found.push(result);
  }
  return found;
}

async function oneSeries(
  run: Run,
  { labels, times, values, kinds, histograms, begin, end }: Series,
): Promise<MatrixResult> {
  const points: Point[] = [];
  const histogramPoints: HistogramPoint[] = [];
  for (let i = begin; i < end; i++) {
    const kind = kinds?.[i] ?? SampleKind.Float;
    if (kind === SampleKind.Float) points.push(point(times[i]!, values[i]!));
    else if (kind === SampleKind.Histogram) {
      histogramPoints.push(histogramPoint(times[i]!, histograms![i]!));
    }
    // A point takes longer than most other work on a cell.
    if (run.spent(8)) await run.pause();
  }
  return {
    metric: labels.toObject(),
    ...(points.length > 0 && { values: points }),
    ...(histogramPoints.length > 0 && { histograms: histogramPoints }),
  };
}

export function point(ms: number, value: number): Point {
  return [ms / 1000, numberText(value)];
}

function histogramPoint(ms: number, histogram: FloatHistogram): HistogramPoint {
  return [ms / 1000, histogramJson(histogram)];
}
