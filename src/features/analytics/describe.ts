import type { Description, QuantileEstimate, Statistics } from '../../analytics/analyses.ts';
import { changePoints } from '../../analytics/change-points.ts';
import { evenlySpaced, usualStep } from '../../analytics/even-spacing.ts';
import { Moments } from '../../analytics/moments.ts';
import { quantileOf } from '../../analytics/quantiles.ts';
import { seasonality, withoutSeason } from '../../analytics/seasonality.ts';
import { theilSen } from '../../analytics/trend.ts';
import { nextTurn } from '../../platform/timers.ts';
import { add } from '../../promql/histogram/arithmetic.ts';
import { type Bucket, bucketsOf } from '../../promql/histogram/bounds.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { quantile } from '../../promql/histogram/quantile.ts';
import type { TargetSeries } from './target-samples.ts';

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/** So many series are described one by one. */
const MOST_SERIES = 100;
/** A change of a trend needs that many values. */
const LEAST_VALUES = 3;

/** Describes all series together, and the first of them one by one. Other work of the thread goes on meanwhile. */
export async function describe(all: readonly TargetSeries[]): Promise<Description> {
  const series: (Statistics & { labels: TargetSeries['labels'] })[] = [];
  for (const one of all.slice(0, MOST_SERIES)) {
    series.push({ labels: one.labels, ...statistics([one], one) });
    await nextTurn();
  }
  const [first] = series;
  if (all.length === 1 && first) {
    const { labels: _, ...whole } = first;
    return { ...whole, series };
  }
  return { ...statistics(all, meanOf(all)), series };
}

/** @param line the values over time, of which the trend and the like are told */
function statistics(
  all: readonly TargetSeries[],
  line: Pick<TargetSeries, 'times' | 'values'>,
): Statistics {
  const histograms = all.flatMap(({ histogram }) => histogram ?? []);
  const whole = histograms.length > 0 ? ofHistograms(histograms) : ofValues(all);
  return { ...whole, ...overTime(line) };
}

type Distribution = Pick<Statistics, 'count' | 'mean' | 'variance' | 'min' | 'max' | 'quantiles'>;

function ofValues(all: readonly TargetSeries[]): Distribution {
  const sorted = new Float64Array(all.reduce((sum, { values }) => sum + values.length, 0));
  const moments = new Moments();
  let at = 0;
  for (const { values } of all) {
    sorted.set(values, at);
    at += values.length;
    for (let i = 0; i < values.length; i++) moments.add(values[i]!);
  }
  sorted.sort();
  const { count, mean, variance, min, max } = moments;
  const quantiles = QUANTILES.map((q): QuantileEstimate => {
    const value = quantileOf(sorted, q);
    return { quantile: q, value, low: value, high: value };
  });
  return { count, mean, variance, min, max, quantiles };
}

/** What is known of observations in buckets: those between which bounds each quantile lies. */
function ofHistograms(histograms: readonly FloatHistogram[]): Distribution {
  const whole = histograms.reduce((sum, one) => add(sum, one, () => {}) ?? sum);
  const buckets = bucketsOf(whole).filter(({ count }) => count > 0);
  const quantiles = QUANTILES.map((q): QuantileEstimate => {
    const rank = q * whole.count;
    let count = 0;
    const own = buckets.find((bucket) => (count += bucket.count) >= rank) ?? buckets.at(-1);
    const value = quantile(q, whole, () => {});
    return { quantile: q, value, low: own?.lower ?? Number.NaN, high: own?.upper ?? Number.NaN };
  });
  const mean = whole.sum / whole.count;
  return {
    count: whole.count,
    mean,
    variance:
      buckets.reduce((sum, one) => sum + one.count * (middle(one) - mean) ** 2, 0) / whole.count,
    min: buckets[0]?.lower ?? Number.NaN,
    max: buckets.at(-1)?.upper ?? Number.NaN,
    quantiles,
  };
}

/** Observations are taken to lie in the middle of their bucket. One without an end has them at the other one, or at 0. */
function middle({ lower, upper }: Bucket): number {
  if (upper === Infinity) return lower;
  return lower === -Infinity ? Math.min(upper, upper / 2) : (lower + upper) / 2;
}

function overTime({ times, values }: Pick<TargetSeries, 'times' | 'values'>) {
  const known = Array.from(values, (_, i) => i).filter((i) => Number.isFinite(values[i]));
  if (known.length < LEAST_VALUES) return { changePoints: [] };
  const when = Float64Array.from(known, (i) => times[i]!);
  const what = Float64Array.from(known, (i) => values[i]!);
  const season = seasonality(when, what);
  // What comes again with every season is no change.
  const lasting = season ? withoutSeason(when, what, season.period) : what;
  const found = changePoints(lasting).map(({ at, before, after }) => {
    return { time: when[at]!, before, after };
  });
  return { trend: { slope: theilSen(when, what) }, season, changePoints: found };
}

/** Returns the mean of all series at each time. Series that were not sampled together are brought together. */
export function meanOf(
  all: readonly TargetSeries[],
  grid?: { begin: number; end: number; step: number },
): { times: Float64Array; values: Float64Array } {
  const taken = grid ?? gridOf(all);
  if (!taken) return { times: new Float64Array(), values: new Float64Array() };
  const length = all.reduce((sum, { times }) => sum + times.length, 0);
  const [times, values] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  for (const one of all) {
    times.set(one.times, at);
    values.set(one.values, at);
    at += one.times.length;
  }
  const even = evenlySpaced(times, values, taken);
  return { times: even.values.map((_, i) => even.begin + i * even.step), values: even.values };
}

/** Returns times that are as far apart as samples usually are. */
export function gridOf(all: readonly TargetSeries[], most = 10_000) {
  const ends = all.flatMap(({ times }) =>
    times.length > 0 ? [times[0]!, times[times.length - 1]!] : [],
  );
  const begin = ends.reduce((one, other) => Math.min(one, other), Infinity);
  const end = ends.reduce((one, other) => Math.max(one, other), -Infinity);
  const longest = all.reduce<TargetSeries | undefined>(
    (one, other) => (one && one.times.length >= other.times.length ? one : other),
    undefined,
  );
  const usual = usualStep(longest?.times ?? []);
  const step = Math.max(usual, (end - begin) / most);
  return step > 0 && end > begin ? { begin, end, step } : undefined;
}
