import { type Labels, MetricType } from '../../model.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import type { LabelSet } from '../../promql/label-set.ts';
import type { Matcher } from '../../promql/matcher.ts';
import { matcher } from '../../promql/matchers.ts';
import { SampleKind, type Series } from '../../promql/source.ts';
import type { HistoryPart } from '../history/history-part.ts';
import type { QueryPart } from '../promql/query-part.ts';
import { eachIncrease, eachValue } from './increases.ts';
import { type ClassicSeries, classicObserved, nativeObserved, type Observed } from './observed.ts';
import type { TargetPlan } from './target.ts';

/** A series of a target, with what the history has of it. */
export interface TargetSeries {
  readonly labels: Labels;
  /** Seconds since 1970, ascending. */
  readonly times: ArrayLike<number>;
  /** The values of a gauge, the rates of a counter, or the means of what a histogram has observed since the run before. */
  readonly values: ArrayLike<number>;
  /** What a histogram has observed. */
  readonly histogram?: FloatHistogram | undefined;
}

/** Where samples come from. */
export interface SampleSources {
  readonly history: HistoryPart;
  readonly query: QueryPart | undefined;
  /** How many seconds lie between collection runs. An expression that is evaluated more often says nothing new. */
  readonly interval: number;
}

/** So many samples are looked at, so that the collector is not kept from its work, nor memory filled. */
const MOST_SAMPLES = 1_000_000;
/** An expression is evaluated at so many times at most. */
const STEPS = 500;
const COUNTS = /_(total|count|sum|bucket)$/;

/**
 * Reads what the history has of a target.
 * @param from seconds since 1970, as is `to`
 * @returns nothing if the history has nothing of it
 * @throws Error if it has too much, or if the expression fails
 */
export async function targetSamples(
  { history, query, interval }: SampleSources,
  target: TargetPlan,
  from: number,
  to: number,
): Promise<TargetSeries[]> {
  if ('expr' in target) {
    if (!query) throw new Error('an expression needs promql() before analytics() in `use`');
    return evaluated(query, target.expr, from, to, interval);
  }
  const { metric, labels = {} } = target;
  const select = async (name: string) =>
    bounded(await history.source.select(matchersOf(name, labels), from * 1000, to * 1000));
  const type = history.metadata().get(metric)?.type;
  if (type === MetricType.Histogram) {
    const native = await select(metric);
    if (native.length > 0) return native.map((one) => ofHistogram(one.labels, nativeObserved(one)));
    const [buckets, sums, counts] = await Promise.all(
      ['bucket', 'sum', 'count'].map((suffix) => select(`${metric}_${suffix}`)),
    );
    return classicSeries(buckets!, sums!, counts!).map(([of, one]) =>
      ofHistogram(of, classicObserved(one)),
    );
  }
  const isCounter = type === MetricType.Counter || (type === undefined && COUNTS.test(metric));
  return (await select(metric)).map((one) => (isCounter ? ratesOf(one) : valuesOf(one)));
}

async function evaluated(
  { engine }: QueryPart,
  expr: string,
  from: number,
  to: number,
  interval: number,
) {
  const step = Math.max((to - from) / STEPS, interval, 0.001);
  const { result } = await engine.queryRange(expr, { start: from, end: to, step });
  const found = result as { metric: Labels; values?: readonly (readonly [number, string])[] }[];
  return found.flatMap(({ metric, values }): TargetSeries[] => {
    if (!values) return [];
    const numbers = values.map(([, text]) => numberOf(text));
    return [{ labels: metric, times: values.map(([time]) => time), values: numbers }];
  });
}

/** Prometheus writes infinities as `+Inf` and `-Inf`. */
const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

function matchersOf(name: string, labels: Labels): Matcher[] {
  const named = { __name__: name, ...labels };
  return Object.entries(named).map(([label, value]) => matcher(label, '=', value));
}

/** @throws Error if there are too many samples */
export function bounded(all: readonly Series[]): readonly Series[] {
  const samples = all.reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (samples <= MOST_SAMPLES) return all;
  throw new Error(
    `there are ${samples} samples, of which ${MOST_SAMPLES} at most are looked at: take a shorter span, or fewer series`,
  );
}

function ofHistogram(labels: LabelSet, { histogram, times, means }: Observed): TargetSeries {
  return { labels: withoutName(labels), times, values: means, histogram };
}

export function ratesOf(series: Series): TargetSeries {
  const [times, values]: [number[], number[]] = [[], []];
  eachIncrease(series, (time, increase, seconds) => {
    times.push(time);
    values.push(increase / seconds);
  });
  return { labels: withoutName(series.labels), times, values };
}

export function valuesOf(series: Series): TargetSeries {
  const [times, values]: [number[], number[]] = [[], []];
  eachValue(series, (time, value) => {
    times.push(time);
    values.push(value);
  });
  return { labels: withoutName(series.labels), times, values };
}

/** Finds what belongs together: the buckets of a classic histogram, its sum and its count. */
export function classicSeries(
  buckets: readonly Series[],
  sums: readonly Series[],
  counts: readonly Series[],
): (readonly [labels: LabelSet, classic: ClassicSeries])[] {
  const keyed = (some: readonly Series[]) =>
    new Map(some.map((one) => [ownKey(one.labels), one] as const));
  const [sumOf, countOf] = [keyed(sums), keyed(counts)];
  const bucketsOf = new Map<string, { bound: number; series: Series }[]>();
  for (const series of buckets) {
    const key = ownKey(series.labels);
    const bound = numberOf(series.labels.get('le'));
    bucketsOf.set(key, [...(bucketsOf.get(key) ?? []), { bound, series }]);
  }
  return [...countOf].flatMap(([key, count]) => {
    const sum = sumOf.get(key);
    const own = bucketsOf.get(key) ?? [];
    return sum ? [[count.labels, { buckets: own, sum, count }] as const] : [];
  });
}

const NOT_OWN = ['__name__', 'le'];

/** The labels that all series of a classic histogram have. */
const ownKey = ({ names, values }: LabelSet) =>
  JSON.stringify(names.flatMap((name, i) => (NOT_OWN.includes(name) ? [] : [[name, values[i]]])));

export function withoutName(labels: LabelSet): Labels {
  const { __name__: _, ...own } = labels.toObject();
  return own;
}

/** Whether a series has native histograms. */
export function isNative({ kinds, begin, end }: Series): boolean {
  return kinds?.subarray(begin, end).includes(SampleKind.Histogram) ?? false;
}
