import type { RunningWatch } from './running-watch.ts';
import { labelsText, targetText } from './target.ts';
import type { WatchedSeries } from './watched-series.ts';

/** So many other series are named. */
const MOST_NAMED = 3;
/** From that score on a series counts as moved. */
const MOVED = 0.5;

/** A series, and the watch that it belongs to. */
export interface OfWatch {
  readonly watch: RunningWatch;
  readonly series: WatchedSeries;
}

/**
 * Returns the series that have moved, those that have most first. A few are enough: one more than are named, since the
 * one that is explained is among them.
 * @param since values that came before do not count. Seconds since 1970
 */
export function movedSeries(watches: Iterable<RunningWatch>, since: number): OfWatch[] {
  const moved: OfWatch[] = [];
  for (const watch of watches) {
    for (const series of watch.series) {
      if (series.time < since || !(series.score >= MOVED)) continue;
      // Of what is watched of one series the most unusual says enough. They share their labels.
      const at = moved.findIndex((one) => one.series.labels === series.labels);
      if (at < 0) moved.push({ watch, series });
      else if (moved[at]!.series.score < series.score) moved[at] = { watch, series };
      moved.sort((one, other) => other.series.score - one.series.score);
      if (moved.length > MOST_NAMED + 1) moved.pop();
    }
  }
  return moved;
}

/** Says in sentences what is unusual, what was expected, since when, and what else has moved. */
export function explanation({ watch, series }: OfWatch, moved: readonly OfWatch[]): string {
  const { value, expected, low, high, since, time } = series;
  const unit = unitOf(watch, series);
  const subject = fullNameOf({ watch, series });
  const came = Number.isNaN(value)
    ? `${subject} has no value any more; ${shown(expected, unit)} was expected.`
    : `${subject} is ${Number.isFinite(value) ? shown(value, unit) : 'infinite'}, but ${shown(expected, unit)} was expected; from ${shown(low)} to ${shown(high, unit)} is usual.`;
  const long = since < time ? ` It has been unusual since ${timeText(since)}.` : '';
  const others = moved.filter((one) => one.series.labels !== series.labels).slice(0, MOST_NAMED);
  const names = others.map(nameOf);
  const also =
    names.length === 0
      ? 'No other series that is watched has moved.'
      : `At the same time ${listed(names)} ${names.length === 1 ? 'has' : 'have'} moved.`;
  const text = `${came}${long} ${also}`;
  return text.startsWith('the ') ? `T${text.slice(1)}` : text;
}

/** Says which series it is, e.g. `the rate of jobs_total{kind="a"}`. An expression is called as its watch. */
function nameOf({ watch, series }: OfWatch): string {
  const { name, target } = watch.plan;
  const of =
    'metric' in target
      ? `${target.metric}${labelsText(series.labels)}`
      : `${name}${withOwnLabels(series)}`;
  if (series.statistic === '') return of;
  if (series.statistic === 'distribution') {
    return `the distance of ${of} from its usual distribution`;
  }
  return `the ${series.statistic} of ${of}`;
}

/** Says it, and which expression it is, unless that is what the watch is called: `lost_share (a / b) with zone="a"`. */
function fullNameOf({ watch, series }: OfWatch): string {
  const { name, target } = watch.plan;
  const text = targetText(target);
  // A name is not as long as an expression may be.
  if ('metric' in target || text.startsWith(name)) return nameOf({ watch, series });
  return `${name} (${text})${withOwnLabels(series)}`;
}

/** The labels of an element are not written like those of a metric, since the expression may end in a bracket. */
function withOwnLabels({ labels }: WatchedSeries): string {
  const text = labelsText(labels);
  return text === '' ? '' : ` with ${text.slice(1, -1)}`;
}

function unitOf({ unit }: RunningWatch, { statistic }: WatchedSeries): string {
  if (statistic === 'distribution') return '';
  if (statistic === 'rate') return unit === '' ? 'per second' : `${unit} per second`;
  return unit;
}

/** Returns a number with four digits, and its unit. */
function shown(value: number, unit = ''): string {
  const rounded = Number.isFinite(value) ? `${Number(value.toPrecision(4))}` : 'any value';
  return unit === '' ? rounded : `${rounded} ${unit}`;
}

function listed(names: readonly string[]): string {
  const [last] = names.slice(-1);
  return names.length < 2 ? `${last}` : `${names.slice(0, -1).join(', ')} and ${last}`;
}

const timeText = (seconds: number) => new Date(1000 * seconds).toISOString();
