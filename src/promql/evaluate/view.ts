import type { Span } from '../ast.ts';
import type { Note } from '../histogram/notes.ts';
import type { LabelSet } from '../label-set.ts';
import { quoted } from '../quoted.ts';
import type { Grid } from './grid.ts';
import { noteTo } from './histogram-notes.ts';
import { NAME, NO_LABELS } from './projection.ts';
import type { Run } from './run.ts';
import { NO_SAMPLES, type Samples } from './samples.ts';

/**
 * What a function of a range sees at one time: the floats from `low` up to `high`, and the histograms from
 * `histogramLow` up to `histogramHigh`. There is one object for all windows. It is a class so that the objects of all
 * queries have the same layout, which makes queries three times as fast.
 */
export class View {
  readonly run: Run;
  /** The place of the range in the query. */
  readonly span: Span;
  /** The place of the first argument. */
  readonly argument: Span;
  readonly modifier: 'anchored' | 'smoothed' | undefined;
  /** Of the series, with the name of the metric. */
  labels: LabelSet = NO_LABELS;
  samples: Samples = NO_SAMPLES;
  low = 0;
  high = 0;
  histogramLow = 0;
  histogramHigh = 0;
  /** The time of the result. Milliseconds since 1970. */
  time = 0.5;
  /** The window, `start` excluded. The fractions tell the engine that these are no small whole numbers. */
  start = 0.5;
  end = 0.5;
  /** The values of the other arguments at this time. */
  readonly args: Float64Array;
  /** The numbers of the floats that are smaller than the one before them, if `needsResets` asks for them. */
  resets: readonly number[] = [];

  constructor(
    run: Run,
    span: Span,
    argument: Span,
    modifier: 'anchored' | 'smoothed' | undefined,
    args: number,
  ) {
    this.run = run;
    this.span = span;
    this.argument = argument;
    this.modifier = modifier;
    this.args = new Float64Array(args);
  }
}

/** Writes the result for a window into a cell of a grid, or nothing if there is none; for a long window maybe later. */
export interface RangeFunction {
  (view: View, grid: Grid, cell: number): void | Promise<void>;
  /** Whether the name of the metric stays. */
  keepsName?: boolean;
  needsResets?: boolean;
  /** Whether it asks since when samples count. */
  readsStarts?: boolean;
}

export function metricOf({ labels }: View): string {
  return labels.get(NAME);
}

export function hasFloats({ low, high }: View): boolean {
  return low < high;
}

export function hasHistograms({ histogramLow, histogramHigh }: View): boolean {
  return histogramLow < histogramHigh;
}

/** Returns the histograms of a window. */
export function histogramsOf({ samples, histogramLow, histogramHigh }: View) {
  return samples.histograms.slice(histogramLow, histogramHigh);
}

/** Returns what tells the asker what was found in the histograms of a window. */
export function noteOf(view: View): Note {
  return noteTo(view.run, view.span, metricOf(view));
}

/** Says that there are floats and histograms in one range, which cannot be put together. */
export function warnOfMixture(view: View): void {
  view.run.annotations.warn(
    `encountered a mix of histograms and floats for metric name ${quoted(metricOf(view))}`,
    view.span,
  );
}

/** Says that the histograms of a range do not count. */
export function tellIgnored(view: View): void {
  view.run.annotations.info(
    `ignored histograms in a range containing both floats and histograms for metric name ${quoted(metricOf(view))}`,
    view.span,
  );
}
