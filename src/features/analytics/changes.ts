import type { Change, Changes, ChangesOptions, TimeSpan } from '../../analytics/analyses.ts';
import { contributions } from '../../analytics/contribution.ts';
import { Moments } from '../../analytics/moments.ts';
import { MetricType } from '../../model.ts';
import { nextTurn } from '../../platform/timers.ts';
import type { Matcher } from '../../promql/matcher.ts';
import { matcher } from '../../promql/matchers.ts';
import type { Series } from '../../promql/source.ts';
import type { HistoryPart } from '../history/history-part.ts';
import { nativeObserved } from './observed.ts';
import { isNative, ratesOf, type TargetSeries, valuesOf, withoutName } from './target-samples.ts';

/** A difference of less than that part of the value counts for little, even if nothing else varies. */
const NEGLIGIBLE = 0.05;
const LARGEST_EFFECT = 20;
const TOP = 10;
/** For so many metrics it is told which labels the change comes from. */
const EXPLAINED = 3;
/** Other work of the thread goes on after so many samples. */
const AT_ONCE = 50_000;
/** Buckets change whenever their count does, and our scores whenever what they are scores of does. */
const LEFT_OUT = /_bucket$|^telemetry_anomaly_/;
const COUNTS = /_(total|count|sum)$/;

/** Finds what differs most between two spans, over all series of the history. */
export async function changes(
  history: HistoryPart,
  options: ChangesOptions,
  now: number,
): Promise<Changes> {
  const { top = TOP, since = now } = options;
  const { before = [-Infinity, since], after = [since, Math.max(since, now)] } = options;
  const found: Change[] = [];
  let oldest = since;
  let samples = 0;
  // The samples of all metrics together might be more than the memory holds.
  for (const name of await namesIn(history)) {
    for (const series of await history.source.select([named(name)], -Infinity, after[1] * 1000)) {
      oldest = Math.min(oldest, series.times[series.begin]! / 1000);
      const change = changeOf(history, series, before, after);
      if (change) found.push(change);
      samples += series.end - series.begin;
      if (samples <= AT_ONCE) continue;
      samples = 0;
      await nextTurn();
    }
  }
  found.sort((one, other) => other.effect - one.effect);
  return {
    ...{ before: options.before ?? [oldest, since], after },
    changes: found.filter(({ effect }) => effect > 0).slice(0, top),
    contributions: explained(found, top),
  };
}

const named = (value: string): Matcher => matcher('__name__', '=', value);

/** Returns the names of all series that can be compared. */
async function namesIn({ source }: HistoryPart): Promise<string[]> {
  const names: string[] = [];
  const matches = (name: string) => {
    if (!LEFT_OUT.test(name)) names.push(name);
    return false;
  };
  await source.select([{ name: '__name__', op: '!=', value: '', matches }], 0, 0);
  return names;
}

function changeOf(
  history: HistoryPart,
  series: Series,
  before: TimeSpan,
  after: TimeSpan,
): Change | undefined {
  const metric = series.labels.get('__name__');
  const { statistic, of } = readingOf(history, series, metric);
  const [was, is] = [within(of, before), within(of, after)];
  if (was.count === 0 && is.count === 0) return undefined;
  const [mean, now] = [was.mean || 0, is.mean || 0];
  const noise = NEGLIGIBLE * Math.max(Math.abs(mean), Math.abs(now));
  const spread = Math.sqrt(((was.variance || 0) + (is.variance || 0)) / 2 + noise ** 2);
  const effect = now === mean ? 0 : Math.min(LARGEST_EFFECT, Math.abs(now - mean) / spread);
  return {
    ...{ metric, labels: withoutName(series.labels), statistic },
    ...{ before: mean, after: now, effect: effect || 0 },
    presence: was.count === 0 ? 'appeared' : is.count === 0 ? 'ended' : 'both',
  };
}

function readingOf(
  history: HistoryPart,
  series: Series,
  metric: string,
): { statistic: Change['statistic']; of: Pick<TargetSeries, 'times' | 'values'> } {
  if (isNative(series)) {
    const { times, means } = nativeObserved(series);
    return { statistic: 'mean', of: { times, values: means } };
  }
  const type = history.metadata().get(metric)?.type;
  const isCounter = type === undefined ? COUNTS.test(metric) : type === MetricType.Counter;
  return isCounter
    ? { statistic: 'rate', of: ratesOf(series) }
    : { statistic: 'value', of: valuesOf(series) };
}

/** Takes the values of a span. That of its beginning belongs to what was before. */
function within({ times, values }: Pick<TargetSeries, 'times' | 'values'>, span: TimeSpan) {
  const moments = new Moments();
  for (let i = 0; i < times.length; i++) {
    const isWithin = times[i]! > span[0] && times[i]! <= span[1];
    if (isWithin && Number.isFinite(values[i])) moments.add(values[i]!);
  }
  return moments;
}

/** Only rates add up. Of each metric all series count, also those that have not changed. */
function explained(all: readonly Change[], top: number): Changes['contributions'] {
  const byMetric = new Map<string, Change[]>();
  for (const one of all) {
    if (one.statistic !== 'rate') continue;
    const own = byMetric.get(one.metric);
    if (own) own.push(one);
    else byMetric.set(one.metric, [one]);
  }
  // The changes are ordered, so the metrics are, too: by the largest of their effects.
  const changed = [...byMetric].filter(([, own]) => own.length > 1 && own[0]!.effect > 0);
  return changed
    .slice(0, EXPLAINED)
    .flatMap(([metric, own]) => contributions(own).map((one) => ({ metric, ...one })))
    .sort((one, other) => Math.abs(other.share) - Math.abs(one.share))
    .slice(0, top);
}
