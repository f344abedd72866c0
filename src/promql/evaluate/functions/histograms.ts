import { type ClassicBucket, classicFraction, classicQuantile } from '../../histogram/classic.ts';
import type { FloatHistogram } from '../../histogram/float-histogram.ts';
import { fraction } from '../../histogram/fraction.ts';
import { variance } from '../../histogram/moments.ts';
import type { Note } from '../../histogram/notes.ts';
import { quantile } from '../../histogram/quantile.ts';
import { numberText, shortNumberText } from '../../number-text.ts';
import { SampleKind } from '../../source.ts';
import { named } from '../annotations.ts';
import { bucketGroups } from '../bucket-groups.ts';
import { bare, type Called, type GridFunction, textOf } from '../called.ts';
import { Grid } from '../grid.ts';
import { noteTo } from '../histogram-notes.ts';
import { withoutNames } from '../names.ts';
import { NAME, withLabels } from '../projection.ts';

/** Works a number out of each native histogram. Floats are left out. */
function ofEach(compute: (histogram: FloatHistogram) => number): GridFunction {
  return ({ run, args: [grid] }) => {
    const { kinds, rows, steps } = grid!;
    for (let cell = 0; cell < rows * steps; cell++) {
      if (kinds[cell] === SampleKind.Histogram) grid!.put(cell, compute(grid!.histograms![cell]!));
      else kinds[cell] = SampleKind.Absent;
    }
    return withoutNames(run, grid!);
  };
}

/** What is estimated of native and classic histograms, each at a step. */
interface Estimate {
  ofNative(step: number, histogram: FloatHistogram, note: Note): number;
  ofClassic(step: number, buckets: readonly ClassicBucket[], metric: string): number;
}

/**
 * Estimates something of all histograms in a vector.
 * @param vector the number of the argument that is the vector
 * @param estimates what is estimated, each with the labels that its results get
 */
async function estimated(
  { run, frame, args, call }: Called,
  vector: number,
  estimates: readonly (readonly [Estimate, Readonly<Record<string, string>>])[],
): Promise<Grid> {
  const grid = args[vector]!;
  const span = bare(call.args[vector]!);
  const { steps, kinds, histograms } = grid;
  const groups = bucketGroups(run, grid, span);
  const result = new Grid(run.budget, frame.count, groups.size);
  const metricOf = (labels: { get(name: string): string }) =>
    run.settings.delayedNameRemoval ? labels.get(NAME) : '';
  for (let row = 0; histograms && row < grid.rows; row++) {
    const labels = grid.labels[row]!;
    const note = noteTo(run, span, metricOf(labels));
    const group = groups.get(labels.key);
    for (let k = 0; k < steps; k++) {
      const cell = row * steps + k;
      if (kinds[cell] !== SampleKind.Histogram || !group?.clashes(k)) continue;
      kinds[cell] = SampleKind.Absent;
      run.annotations.warn(
        `vector contains a mix of classic and native histograms${named(metricOf(labels))}`,
        span,
      );
    }
    for (const [estimate, label] of estimates) {
      const begin = result.add(withLabels(labels, label));
      for (let k = 0; k < steps; k++) {
        const cell = row * steps + k;
        if (kinds[cell] !== SampleKind.Histogram) continue;
        result.put(begin + k, estimate.ofNative(k, histograms[cell]!, note));
      }
      result.dropIfEmpty();
    }
  }
  for (const group of groups.values()) {
    const metric = metricOf(group.labels);
    for (const [estimate, label] of estimates) {
      if (run.spent(steps * group.size * 8)) await run.pause();
      const begin = result.add(withLabels(group.labels, label));
      for (let k = 0; k < steps; k++) {
        const buckets = group.at(k);
        if (buckets.length > 0) result.put(begin + k, estimate.ofClassic(k, buckets, metric));
      }
      result.dropIfEmpty();
    }
  }
  return withoutNames(run, result);
}

/** The quantile that an argument says. */
function quantiles(called: Called, argument: number, vector: number): Estimate {
  const { run, frame, call, args } = called;
  const { values, steps } = args[argument]!;
  for (let k = 0; k < steps; k++) {
    if (values[k]! >= 0 && values[k]! <= 1) continue;
    run.annotations.warn(
      `quantile value should be between 0 and 1, got ${shortNumberText(values[k]!)}`,
      bare(call.args[argument]!),
    );
  }
  const span = bare(call.args[vector]!);
  return {
    ofNative: (k, histogram, note) => quantile(values[k]!, histogram, note),
    ofClassic: (k, buckets, metric) =>
      classicQuantile(values[k]!, buckets, ({ minBucket, maxBucket, maxDiff }) => {
        const extent = { low: minBucket, high: maxBucket, most: maxDiff };
        run.annotations.raised(metric, span, frame.start + k * frame.step, extent);
      }),
  };
}

const histogramQuantile: GridFunction = (called) =>
  estimated(called, 1, [[quantiles(called, 0, 1), {}]]);

/** Several quantiles at once, told apart by a label. */
const histogramQuantiles: GridFunction = (called) => {
  const { call, args } = called;
  const label = textOf(call.args[1]);
  return estimated(
    called,
    0,
    args.slice(2).map((arg, i) => {
      return [quantiles(called, i + 2, 0), { [label]: openMetricsNumber(arg!.values[0]!) }];
    }),
  );
};

/** OpenMetrics writes whole numbers with a fraction. */
function openMetricsNumber(value: number): string {
  const text = numberText(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const histogramFraction: GridFunction = (called) => {
  const [lower, upper] = called.args as [Grid, Grid];
  const estimate: Estimate = {
    ofNative: (k, histogram, note) => fraction(lower.values[k]!, upper.values[k]!, histogram, note),
    ofClassic: (k, buckets) => classicFraction(lower.values[k]!, upper.values[k]!, buckets),
  };
  return estimated(called, 2, [[estimate, {}]]);
};

export const HISTOGRAMS: Readonly<Record<string, GridFunction>> = {
  histogram_count: ofEach(({ count }) => count),
  histogram_sum: ofEach(({ sum }) => sum),
  histogram_avg: ofEach(({ sum, count }) => sum / count),
  histogram_stdvar: ofEach(variance),
  histogram_stddev: ofEach((histogram) => Math.sqrt(variance(histogram))),
  histogram_quantile: histogramQuantile,
  histogram_quantiles: histogramQuantiles,
  histogram_fraction: histogramFraction,
};
