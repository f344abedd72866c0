import type { At, Duration, VectorSelector } from '../ast.ts';
import { SampleKind, type Series } from '../source.ts';
import { type Bounds, boundsFinder, windowEnds } from './bounds.ts';
import { offsetOf } from './durations.ts';
import type { Frame } from './frame.ts';
import { Grid } from './grid.ts';
import type { Run } from './run.ts';

/** What has a place in time: selectors and subqueries. */
interface Placed {
  readonly offset: Duration;
  readonly at?: At | undefined;
}

/** Returns the times at which something is read instead of the times of the frame. */
export function readingTimes(run: Run, { offset, at }: Placed, frame: Frame): Float64Array {
  return windowEnds(frame, offsetOf(run, offset), fixedTime(run, at));
}

/** Returns the time of an `@` modifier. */
export function fixedTime(run: Run, at: At | undefined): number | undefined {
  const { start, end } = run.settings;
  return at === 'start' ? start : at === 'end' ? end : at;
}

/** Reads the newest sample of each series at each time. */
export async function selectVector(
  run: Run,
  selector: VectorSelector,
  frame: Frame,
  reads: 'values' | 'times' | 'starts' = 'values',
): Promise<Grid> {
  const { lookback } = run.settings;
  const times = readingTimes(run, selector, frame);
  const found = await run.select(selector, times[0]! - lookback, times[times.length - 1]!);
  const boundsOf = boundsFinder(times, lookback);
  const grid = new Grid(run.budget, frame.count, found.length);
  for (const series of found) {
    if (run.spent(frame.count)) await run.pause();
    const cell = grid.add(series.labels);
    const bounds = boundsOf(series.times, series.begin, series.end);
    if (reads !== 'values') readTimes(series[reads], series, bounds, grid, cell);
    else if (series.kinds) readSamples(series, bounds, grid, cell);
    else readFloats(series.values, bounds, grid, cell);
    grid.dropIfEmpty();
  }
  return grid;
}

function readFloats(
  from: Float64Array,
  { low, high }: Bounds,
  { values, kinds }: Grid,
  cell: number,
): void {
  for (let k = 0; k < low.length; k++) {
    if (high[k]! <= low[k]!) continue;
    values[cell + k] = from[high[k]! - 1]!;
    kinds[cell + k] = SampleKind.Float;
  }
}

function readSamples(series: Series, bounds: Bounds, grid: Grid, cell: number): void {
  for (let k = 0; k < bounds.low.length; k++) {
    const i = newest(series, bounds, k);
    const kind = i < 0 ? SampleKind.Absent : series.kinds![i];
    if (kind === SampleKind.Float) grid.put(cell + k, series.values[i]!);
    else if (kind === SampleKind.Histogram) grid.putHistogram(cell + k, series.histograms![i]!);
  }
}

/** @param times those of the samples, or since when they count, if that is known */
function readTimes(
  times: Float64Array | undefined,
  series: Series,
  bounds: Bounds,
  grid: Grid,
  cell: number,
): void {
  if (!times) return;
  for (let k = 0; k < bounds.low.length; k++) {
    const i = newest(series, bounds, k);
    if (i >= 0 && series.kinds?.[i] !== SampleKind.Stale) grid.put(cell + k, times[i]! / 1000);
  }
}

/** Returns the number of the newest sample of a window, or -1. */
function newest({ kinds }: Series, { low, high }: Bounds, k: number): number {
  let i = high[k]! - 1;
  while (i >= low[k]! && kinds?.[i] === SampleKind.Absent) i--;
  return i >= low[k]! ? i : -1;
}
