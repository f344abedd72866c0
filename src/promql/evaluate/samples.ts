import type { FloatHistogram } from '../histogram/float-histogram.ts';
import { SampleKind, type Series } from '../source.ts';

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
    return { ...NO_SAMPLES, times, values, begin, end, starts };
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

function isAllFloats(kinds: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (kinds[i] !== SampleKind.Float) return false;
  return true;
}
