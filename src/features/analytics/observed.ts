import { add, subtract } from '../../promql/histogram/arithmetic.ts';
import { isReset } from '../../promql/histogram/counter-reset.ts';
import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { SampleKind, type Series } from '../../promql/source.ts';
import { unnoted } from './bucket-window.ts';
import { classicHistogram } from './family-histograms.ts';
import { eachIncrease } from './increases.ts';

/** What a histogram has observed in a span. */
export interface Observed {
  /** All of it; absent if there was none. */
  readonly histogram: FloatHistogram | undefined;
  /** When samples were taken, in seconds, and the mean of what was observed since the sample before. */
  readonly times: readonly number[];
  readonly means: readonly number[];
}

/** Adds up what the samples of a native histogram have brought. */
export function nativeObserved({ times, kinds, histograms, begin, end }: Series): Observed {
  const [seen, means]: [number[], number[]] = [[], []];
  let histogram: FloatHistogram | undefined;
  let before: FloatHistogram | undefined;
  let first: FloatHistogram | undefined;
  /** Adds what has come from the first sample of a stretch without resets to its last one. */
  const close = () => {
    const more = first && before && first !== before && subtract(before, first, unnoted);
    if (more) histogram = histogram ? (add(histogram, more, unnoted) ?? histogram) : more;
    first = before = undefined;
  };
  for (let i = begin; i < end; i++) {
    const now = kinds?.[i] === SampleKind.Histogram ? histograms?.[i] : undefined;
    if (!now || (before && isReset(now, before))) close();
    if (now && before && now.count > before.count) {
      seen.push(times[i]! / 1000);
      means.push((now.sum - before.sum) / (now.count - before.count));
    }
    before = now;
    first ??= now;
  }
  close();
  return { histogram, times: seen, means };
}

/** The series that a classic histogram is made of. */
export interface ClassicSeries {
  readonly buckets: readonly { readonly bound: number; readonly series: Series }[];
  readonly sum: Series;
  readonly count: Series;
}

/** Does the same for classic buckets. */
export function classicObserved({ buckets, sum, count }: ClassicSeries): Observed {
  const [seen, means]: [number[], number[]] = [[], []];
  const sums = new Map<number, number>();
  let total = 0;
  eachIncrease(sum, (time, increase) => {
    sums.set(time, increase);
    total += increase;
  });
  eachIncrease(count, (time, increase) => {
    const more = sums.get(time);
    if (!(increase > 0) || more === undefined) return;
    seen.push(time);
    means.push(more / increase);
  });
  const ordered = [...buckets].sort((one, other) => one.bound - other.bound);
  let below = 0;
  const counts = ordered.map(({ series }) => {
    let upTo = 0;
    eachIncrease(series, (_, increase) => {
      upTo += increase;
    });
    const own = Math.max(0, upTo - below);
    below = Math.max(below, upTo);
    return own;
  });
  const bounds = ordered.map(({ bound }) => bound).filter(Number.isFinite);
  const histogram = below > 0 ? classicHistogram(bounds, counts, total) : undefined;
  return { histogram, times: seen, means };
}
