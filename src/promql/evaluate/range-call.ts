import type { Call, Expr, MatrixSelector, Span, Subquery } from '../ast.ts';
import type { LabelSet } from '../label-set.ts';
import { QueryError } from '../query-error.ts';
import { quoted } from '../quoted.ts';
import { SampleKind, type Series } from '../source.ts';
import { absentLabels } from './absent.ts';
import { boundsFinder } from './bounds.ts';
import { bare } from './called.ts';
import { milliseconds } from './durations.ts';
import type { Frame } from './frame.ts';
import { Grid } from './grid.ts';
import { LONGEST_PIECE } from './longest-piece.ts';
import { refuseSameLabels, withoutNamesOfOthers } from './names.ts';
import { NAME } from './projection.ts';
import type { Run } from './run.ts';
import { type Samples, samplesIn, samplesOf } from './samples.ts';
import { fixedTime, readingTimes } from './select.ts';
import { startedAnew } from './starts.ts';
import { subqueryGrid } from './subquery.ts';
import { type RangeFunction, View } from './view.ts';

/** A range vector before it is cut into windows. */
interface Ranges {
  readonly series: readonly Series[];
  /** Whether the name of each series goes at the end of the query. */
  readonly nameless?: readonly boolean[] | undefined;
  /** Where the windows end, and how long they are. */
  readonly ends: Float64Array;
  readonly range: number;
  readonly span: Span;
  readonly modifier: View['modifier'];
  release?(): void;
}

/** Evaluates the call of a function of a range vector. */
export async function callOfRange(
  run: Run,
  { name, args }: Call,
  frame: Frame,
  apply: RangeFunction,
): Promise<Grid> {
  const at = args.findIndex((arg) => rangeIn(arg));
  const scalars: Grid[] = [];
  const ranges = await rangesOf(run, rangeIn(args[at]!)!, frame);
  for (const arg of args) if (arg !== args[at]) scalars.push(await run.evaluate(arg, frame));
  checkModifier(name, ranges.modifier);
  const grid = new Grid(run.budget, frame.count, ranges.series.length);
  const { span, modifier } = ranges;
  const view = new View(run, span, bare(args[0]!), modifier, scalars.length);
  const isOfCounters = name === 'rate' || name === 'increase';
  const reach = reachOf(run, ranges);
  const boundsOf = boundsFinder(reach.ends, reach.range);
  for (let i = 0; i < ranges.series.length; i++) {
    if (run.spent(frame.count)) await run.pause();
    const series = ranges.series[i]!;
    const withStarts = run.settings.experimental && apply.readsStarts;
    const isLong = series.end - series.begin > LONGEST_PIECE;
    const samples = isLong
      ? await samplesIn(run, series, withStarts)
      : samplesOf(series, withStarts);
    view.labels = series.labels;
    view.samples = samples;
    if (apply.needsResets) view.resets = resetsOf(samples);
    const cell = grid.add(series.labels, !apply.keepsName || ranges.nameless?.[i]);
    const { low, high } = boundsOf(samples.times, samples.begin, samples.end);
    const histograms =
      samples.histograms.length > 0
        ? boundsFinder(reach.ends, reach.range)(
            samples.histogramTimes,
            0,
            samples.histograms.length,
          )
        : undefined;
    for (let k = 0; k < frame.count; k++) {
      view.low = low[k]!;
      view.high = high[k]!;
      view.histogramLow = histograms ? histograms.low[k]! : 0;
      view.histogramHigh = histograms ? histograms.high[k]! : 0;
      if (view.low >= view.high && view.histogramLow >= view.histogramHigh) continue;
      view.time = frame.start + k * frame.step;
      view.end = ranges.ends[k]!;
      view.start = view.end - ranges.range;
      for (let j = 0; j < scalars.length; j++) view.args[j] = scalars[j]!.values[k]!;
      const later = apply(view, grid, cell + k);
      if (later) await later;
      // One series may have many long windows.
      if (run.spent(view.high - view.low)) await run.pause();
    }
    if (!grid.dropIfEmpty() && isOfCounters && hasFloat(grid, cell)) {
      tellOfOtherNames(view, series.labels);
    }
  }
  for (const scalar of scalars) scalar.release();
  ranges.release?.();
  if (name === 'absent_over_time') return absentOverTime(run, grid, bare(args[0]!));
  if (!apply.keepsName) return withoutNamesOfOthers(run, grid);
  if (!run.settings.delayedNameRemoval) refuseSameLabels(grid);
  return grid;
}

/** The functions that know `anchored` and `smoothed` ranges. */
const EXTENDABLE: Readonly<Record<'anchored' | 'smoothed', readonly string[]>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
};

function checkModifier(name: string, modifier: View['modifier']): void {
  if (!modifier || EXTENDABLE[modifier].includes(name)) return;
  throw new QueryError(
    'execution',
    `${modifier} modifier can only be used with: ${EXTENDABLE[modifier].join(', ')} - not with ${name}`,
  );
}

/** Says that metrics whose names are not those of counters may be none. */
function tellOfOtherNames({ run, span }: View, labels: LabelSet): void {
  const metric = labels.get(NAME);
  if (metric === '' || /_(?:total|sum|count|bucket)$/.test(metric)) return;
  run.annotations.info(
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quoted(metric)}`,
    span,
  );
}

/** Returns the range vector that an argument is, without its parentheses. */
export function rangeIn(expr: Expr): MatrixSelector | Subquery | undefined {
  const arg = bare(expr);
  return arg.kind === 'matrix-selector' || arg.kind === 'subquery' ? arg : undefined;
}

function hasFloat({ kinds, steps }: Grid, begin: number): boolean {
  for (let cell = begin; cell < begin + steps; cell++) {
    if (kinds[cell] === SampleKind.Float) return true;
  }
  return false;
}

/** 1 where no series has samples, with the labels that the selector demands. */
function absentOverTime(run: Run, present: Grid, arg: Expr): Grid {
  const { rows, steps, kinds } = present;
  const result = new Grid(run.budget, steps);
  const begin = result.add(absentLabels(arg));
  for (let k = 0; k < steps; k++) {
    let row = 0;
    while (row < rows && kinds[row * steps + k] === SampleKind.Absent) row++;
    if (row === rows) result.put(begin + k, 1);
  }
  result.dropIfEmpty();
  present.release();
  return result;
}

async function rangesOf(run: Run, arg: MatrixSelector | Subquery, frame: Frame): Promise<Ranges> {
  const range = milliseconds(run, arg.range);
  if (arg.kind === 'subquery') return { ...(await rangesOfSubquery(run, arg, frame)), range };
  const { selector } = arg;
  const ends = readingTimes(run, selector, frame);
  const ranges = { ends, range, span: arg, modifier: selector.modifier, series: [] };
  const { before, after } = extensionOf(run, selector.modifier);
  const from = ends[0]! - range - before;
  const series = await run.select(selector, from, ends[ends.length - 1]! + after);
  return { ...ranges, series };
}

async function rangesOfSubquery(run: Run, arg: Subquery, frame: Frame) {
  const ends = readingTimes(run, arg, frame);
  const { grid, times } = await subqueryGrid(run, arg, frame, fixedTime(run, arg.at));
  return {
    series: seriesOf(grid, times),
    nameless: grid.nameless,
    ends,
    // Prometheus says that what it finds in subqueries stands at the beginning of the query.
    span: { start: 0, end: 0 },
    modifier: undefined,
    release: () => grid.release(),
  };
}

/** Returns the rows of a grid as series, for a function that reads ranges of them. */
function seriesOf(grid: Grid, times: Float64Array): Series[] {
  const { steps } = grid;
  return grid.labels.map((labels, row) => {
    const kinds = grid.kinds.subarray(row * steps, (row + 1) * steps);
    const values = grid.values.subarray(row * steps, (row + 1) * steps);
    const histograms = grid.histograms?.slice(row * steps, (row + 1) * steps).map((histogram) => {
      const { counterReset } = histogram;
      if (counterReset !== 'reset' && counterReset !== 'not_reset') return histogram;
      return { ...histogram, counterReset: 'unknown' as const };
    });
    return { labels, times, values, begin: 0, end: steps, kinds, histograms };
  });
}

/** How much more than the window a modifier reads. */
function extensionOf(run: Run, modifier: View['modifier']): { before: number; after: number } {
  const { lookback } = run.settings;
  return { before: modifier ? lookback : 0, after: modifier === 'smoothed' ? lookback : 0 };
}

/** What is read for each window. */
function reachOf(run: Run, { ends, range, modifier }: Ranges) {
  const { before, after } = extensionOf(run, modifier);
  return {
    ends: after === 0 ? ends : ends.map((end) => end + after),
    range: range + before + after,
  };
}

function resetsOf({ times, values, begin, end, starts }: Samples): readonly number[] {
  const resets: number[] = [];
  for (let i = begin + 1; i < end; i++) {
    if (values[i]! < values[i - 1]! || (starts && startedAnew({ times, starts }, i)))
      resets.push(i);
  }
  return resets;
}

/** Returns the samples of a range vector as rows of their own times, for a query that asks for just them. */
export async function rangeVector(
  run: Run,
  arg: MatrixSelector | Subquery,
  frame: Frame,
): Promise<Series[]> {
  const { series, ends, range } = await rangesOf(run, arg, frame);
  const boundsOf = boundsFinder(ends, range);
  const cut = series.map((one) => {
    const { low, high } = boundsOf(one.times, one.begin, one.end);
    return { ...one, begin: low[0]!, end: high[0]! };
  });
  return cut.filter(({ begin, end, kinds }) => {
    let samples = 0;
    for (let i = begin; i < end; i++) {
      const kind = kinds?.[i] ?? SampleKind.Float;
      if (kind === SampleKind.Float || kind === SampleKind.Histogram) samples++;
    }
    run.budget.take(samples);
    return samples > 0;
  });
}
