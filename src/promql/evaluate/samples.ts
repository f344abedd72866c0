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
}

const NO_TIMES = new Float64Array(0);
export const NO_SAMPLES: Samples = {
  times: NO_TIMES,
  values: NO_TIMES,
  begin: 0,
  end: 0,
  histogramTimes: NO_TIMES,
  histograms: [],
};

export function samplesOf(series: Series): Samples {
  const { times, values, begin, end, kinds } = series;
  if (!kinds || isAllFloats(kinds, begin, end)) {
    return { times, values, begin, end, histogramTimes: NO_TIMES, histograms: [] };
  }
  const floatTimes = new Float64Array(end - begin);
  const floats = new Float64Array(end - begin);
  const histogramTimes: number[] = [];
  const histograms: FloatHistogram[] = [];
  let count = 0;
  for (let i = begin; i < end; i++) {
    if (kinds[i] === SampleKind.Float) {
      floatTimes[count] = times[i]!;
      floats[count++] = values[i]!;
    } else if (kinds[i] === SampleKind.Histogram) {
      histogramTimes.push(times[i]!);
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
  };
}

function isAllFloats(kinds: Uint8Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) if (kinds[i] !== SampleKind.Float) return false;
  return true;
}
