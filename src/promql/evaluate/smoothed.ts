import type { VectorSelector } from '../ast.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from '../histogram/float-histogram.ts';
import { quoted } from '../quoted.ts';
import { boundsFinder, firstNotBefore } from './bounds.ts';
import type { Frame } from './frame.ts';
import { between, withoutCollisions } from './functions/extended-histograms.ts';
import { Grid } from './grid.ts';
import { noteTo } from './histogram-notes.ts';
import { NAME } from './projection.ts';
import type { Run } from './run.ts';
import { type Samples, samplesOf } from './samples.ts';
import { readingTimes } from './select.ts';

/** Reads what lies on the line between the samples before and after each time, for a `smoothed` selector. */
export async function selectSmoothed(
  run: Run,
  selector: VectorSelector,
  frame: Frame,
): Promise<Grid> {
  const { lookback } = run.settings;
  const times = readingTimes(run, selector, frame);
  const [from, to] = [times[0]! - lookback, times[times.length - 1]! + lookback];
  const found = await run.select(selector, from, to);
  const ends = times.map((time) => time + lookback);
  const grid = new Grid(run.budget, frame.count, found.length);
  for (const series of found) {
    if (run.spent(frame.count * 16)) await run.pause();
    const cell = grid.add(series.labels);
    const samples = samplesOf(series);
    const metric = series.labels.get(NAME);
    const note = withoutCollisions(noteTo(run, selector, metric));
    const { histograms, histogramTimes } = samples;
    const floats = boundsFinder(ends, 2 * lookback)(samples.times, samples.begin, samples.end);
    const others = boundsFinder(ends, 2 * lookback)(histogramTimes, 0, histograms.length);
    for (let k = 0; k < frame.count; k++) {
      const [low, high] = [floats.low[k]!, floats.high[k]!];
      const [otherLow, otherHigh] = [others.low[k]!, others.high[k]!];
      if (low < high && otherLow < otherHigh) {
        run.annotations.warn(
          `encountered a mix of histograms and floats for metric name ${quoted(metric)}`,
          selector,
        );
      } else if (low < high) {
        const value = floatAt(samples, low, high, times[k]!);
        if (value !== undefined) grid.put(cell + k, value);
      } else {
        const histogram = histogramAt(samples, otherLow, otherHigh, times[k]!, note);
        if (histogram) grid.putHistogram(cell + k, histogram);
      }
    }
    grid.dropIfEmpty();
  }
  return grid;
}

function floatAt(
  { times, values }: Samples,
  low: number,
  high: number,
  time: number,
): number | undefined {
  const i = firstNotBefore(times, low, high, time);
  if (i < high && times[i] === time) return values[i];
  if (i === low) return undefined;
  const before = values[i - 1]!;
  if (i === high) return before;
  return before + ((values[i]! - before) * (time - times[i - 1]!)) / (times[i]! - times[i - 1]!);
}

function histogramAt(
  { histogramTimes: times, histograms }: Samples,
  low: number,
  high: number,
  time: number,
  note: Parameters<typeof between>[4],
): FloatHistogram | undefined {
  const i = firstNotBefore(times, low, high, time);
  if (i < high && times[i] === time) return histograms[i];
  if (i === low) return undefined;
  const before = histograms[i - 1]!;
  if (i === high) return { ...before, counterReset: 'unknown' };
  const after = histograms[i]!;
  if ((before.schema === CUSTOM_BOUNDS) !== (after.schema === CUSTOM_BOUNDS)) {
    note('incompatible');
    return undefined;
  }
  const isCounter = before.counterReset !== 'gauge' || after.counterReset !== 'gauge';
  return between(
    { histogram: before, time: times[i - 1]! },
    { histogram: after, time: times[i]! },
    ...([time, isCounter, note] as const),
  );
}
