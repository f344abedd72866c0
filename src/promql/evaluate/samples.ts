import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { SampleKind, type Series } from '../source.ts';
import { LONGEST_PIECE } from './longest-piece.ts';
import type { Run } from './run.ts';

/** The samples of a series, floats and histograms apart, without stale markers. */
export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly begin: number;
  readonly end: number;
  readonly histogramTimes: Float64Array;
  readonly histograms: readonly FloatHistogram[];
  /** Since when the floats and the histograms count. Absent if that is not known, or does not matter. */
  readonly starts: Float64Array | undefined;
  readonly histogramStarts: Float64Array | undefined;
}

const NO_TIMES = new Float64Array(0);
export const NO_SAMPLES: Samples = {
  times: NO_TIMES,
  values: NO_TIMES,
  begin: 0,
  end: 0,
  histogramTimes: NO_TIMES,
  histograms: [],
  starts: undefined,
  histogramStarts: undefined,
};

export function samplesOf(series: Series, withStarts = false): Samples {
  const { times, values, begin, end, kinds } = series;
  const starts = withStarts ? series.starts : undefined;
  if (!kinds || isAllFloats(kinds, begin, end)) {
    return {
      times,
      values,
      begin,
      end,
      histogramTimes: NO_TIMES,
      histograms: [],
      starts,
      histogramStarts: undefined,
    };
  }
  const floatTimes = new Float64Array(end - begin);
  const floats = new Float64Array(end - begin);
  const floatStarts = starts && new Float64Array(end - begin);
  const histogramTimes: number[] = [];
  const histogramStarts: number[] = [];
  const histograms: FloatHistogram[] = [];
  let count = 0;
  for (let i = begin; i < end; i++) {
    if (kinds[i] === SampleKind.Float) {
      floatTimes[count] = times[i]!;
      if (starts) floatStarts![count] = starts[i]!;
      floats[count++] = values[i]!;
    } else if (kinds[i] === SampleKind.Histogram) {
      histogramTimes.push(times[i]!);
      if (starts) histogramStarts.push(starts[i]!);
      histograms.push(series.histograms![i]!);
    }
  }
  return {
    times: floatTimes,
    values: floats,
    begin: 0,
    end: count,
    histogramTimes: Float64Array.from(histogramTimes),
    histograms,
    starts: floatStarts,
    histogramStarts: starts && Float64Array.from(histogramStarts),
  };
}

/** The same for a series that may be long: the thread does other things meanwhile. */
export async function samplesIn(run: Run, series: Series, withStarts = false): Promise<Samples> {
  const { begin, end } = series;
  const pieces: Samples[] = [];
  for (let from = begin; from < end; from += LONGEST_PIECE) {
    const to = Math.min(end, from + LONGEST_PIECE);
    pieces.push(samplesOf({ ...series, begin: from, end: to }, withStarts));
    if (run.spent(to - from)) await run.pause();
  }
  if (pieces.every(({ values }) => values === series.values)) {
    return { ...pieces[0]!, begin, end };
  }
  const starts = withStarts ? series.starts : undefined;
  const floats = (of: 'times' | 'values' | 'starts') =>
    joined(pieces.map((piece) => piece[of]?.subarray(piece.begin, piece.end)));
  return {
    times: floats('times'),
    values: floats('values'),
    begin: 0,
    end: pieces.reduce((sum, piece) => sum + piece.end - piece.begin, 0),
    histogramTimes: joined(pieces.map((piece) => piece.histogramTimes)),
    histograms: pieces.flatMap((piece) => piece.histograms),
    starts: starts && floats('starts'),
    histogramStarts: starts && joined(pieces.map((piece) => piece.histogramStarts)),
  };
}

function joined(parts: readonly (Float64Array | undefined)[]): Float64Array {
  const result = new Float64Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  let at = 0;
  for (const part of parts) {
    result.set(part ?? NO_TIMES, at);
    at += part?.length ?? 0;
  }
  return result;
}

function isAllFloats(kinds: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (kinds[i] !== SampleKind.Float) return false;
  return true;
}
