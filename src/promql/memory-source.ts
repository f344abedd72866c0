import { TelemetryError, textOf } from '../model.ts';
import { readOption } from '../options.ts';
import { firstAfter } from './evaluate/bounds.ts';
import { withHint } from './histogram/counter-reset.ts';
import {
  type Buckets,
  type CounterResetHint,
  CUSTOM_BOUNDS,
  type FloatHistogram,
} from './histogram/float-histogram.ts';
import { faultOf } from './histogram/soundness.ts';
import { LabelSet } from './label-set.ts';
import { SampleKind, type Series, type Source } from './source.ts';

/** A native histogram, as an application writes it. What is left out is zero or empty. */
export interface HistogramSample {
  /** From -4 to 8, or -53 for buckets that end at `customBounds`. */
  readonly schema?: number | undefined;
  /**
   * The zero bucket reaches from the negation of this to this.
   * @defaultValue 0
   */
  readonly zeroThreshold?: number | undefined;
  /**
   * How many observations the zero bucket has.
   * @defaultValue 0
   */
  readonly zeroCount?: number | undefined;
  /**
   * How many observations there are in all.
   * @defaultValue the sum of the counts of all buckets
   */
  readonly count?: number | undefined;
  /**
   * The sum of the observations.
   * @defaultValue 0
   */
  readonly sum?: number | undefined;
  /** Buckets that are in use: their numbers, ascending, and how many observations each has. */
  readonly positive?: Buckets | undefined;
  /**
   * The buckets below the zero bucket.
   * @defaultValue none
   */
  readonly negative?: Buckets | undefined;
  /** The upper bounds of buckets that follow no formula. */
  readonly customBounds?: readonly number[] | undefined;
  /**
   * What is known of a reset before this sample.
   * @defaultValue `unknown`
   */
  readonly counterReset?: CounterResetHint | undefined;
}

/**
 * A series in memory. Times are seconds since 1970, ascending. `stale` ends the series. A sample of a counter may also
 * say since when it counts.
 */
export interface MemorySeries {
  /** The labels of the series, `__name__` among them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The samples, in the order of their times. */
  readonly samples: readonly (readonly [
    time: number,
    value: number | 'stale' | HistogramSample,
    start?: number,
  ])[];
}

/**
 * Makes a source of samples that are there already.
 * @throws TelemetryError `invalid_option` if the samples of a series are not ordered by time, or if two series
 * have the same labels
 * @example
 * ```ts
 * import { createEngine, memorySource } from 'utilityfog-telemetry/promql/engine';
 *
 * const source = memorySource([
 *   { labels: { __name__: 'up', job: 'shop' }, samples: [[0, 1], [60, 'stale']] },
 * ]);
 * const { result } = await createEngine(source).query('up', { time: 60 });
 * console.log(result);
 * // -> []
 * ```
 */
export function memorySource(series: readonly MemorySeries[]): Source {
  const all = readOption('memorySource series', () => series.map(seriesOf));
  const keys = new Set<string>();
  for (const { labels } of all) {
    if (keys.has(labels.key)) fail(`there are two series ${JSON.stringify(labels.toObject())}`);
    keys.add(labels.key);
  }
  /** By the names of their metrics, since nearly all selectors have one. */
  const named = new Map<string, Series[]>();
  for (const one of all) {
    const name = one.labels.get('__name__');
    const those = named.get(name);
    if (those) those.push(one);
    else named.set(name, [one]);
  }
  return {
    select(matchers, from, to) {
      const found: Series[] = [];
      const name = matchers.find((one) => one.name === '__name__' && one.op === '=')?.value;
      for (const one of name === undefined ? all : (named.get(name) ?? [])) {
        if (!matchers.every((matcher) => matcher.matches(one.labels.get(matcher.name)))) continue;
        const begin = firstAfter(one.times, 0, one.end, from);
        const end = firstAfter(one.times, begin, one.end, to);
        if (begin < end) found.push({ ...one, begin, end });
      }
      return found;
    },
  };
}

function seriesOf({ labels, samples }: MemorySeries): Series {
  const count = samples.length;
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  const kinds = new Uint8Array(count);
  let starts: Float64Array | undefined;
  const histograms: FloatHistogram[] = [];
  let before: FloatHistogram | undefined;
  samples.forEach(([time, value, start], i) => {
    const ms = Math.round(time * 1000);
    if (!Number.isFinite(ms) || ms <= (times[i - 1] ?? -Infinity)) {
      fail(`the times of ${JSON.stringify(labels)} must be numbers that grow; got ${textOf(time)}`);
    }
    times[i] = ms;
    if (start !== undefined) {
      starts ??= new Float64Array(count);
      starts[i] = startOf(start, labels);
    }
    if (value === 'stale') kinds[i] = SampleKind.Stale;
    else if (typeof value === 'number') values[i] = value;
    else {
      kinds[i] = SampleKind.Histogram;
      histograms[i] = withHint(histogramOf(value), before);
    }
    // What follows something else than a histogram counts anew.
    before = histograms[i];
  });
  // Without kinds all samples are floats.
  const special = kinds.some((kind) => kind !== SampleKind.Float) && { kinds, histograms };
  return { labels: LabelSet.of(labels), times, values, begin: 0, end: count, starts, ...special };
}

function startOf(start: number, labels: MemorySeries['labels']): number {
  const ms = Math.round(start * 1000);
  if (Number.isFinite(ms)) return ms;
  const whose = `the starts of ${JSON.stringify(labels)}`;
  return fail(`${whose} must be numbers of seconds since 1970; got ${textOf(start)}`);
}

const NO_BUCKETS: Buckets = { indices: [], counts: [] };

function histogramOf(sample: HistogramSample): FloatHistogram {
  const { positive = NO_BUCKETS, negative = NO_BUCKETS, zeroCount = 0, customBounds } = sample;
  const inBuckets = [...positive.counts, ...negative.counts].reduce((a, b) => a + b, zeroCount);
  const histogram: FloatHistogram = {
    schema: sample.schema ?? (customBounds ? CUSTOM_BOUNDS : 0),
    zeroThreshold: sample.zeroThreshold ?? 0,
    zeroCount,
    count: sample.count ?? inBuckets,
    sum: sample.sum ?? 0,
    positive,
    negative,
    customBounds,
    counterReset: sample.counterReset ?? 'unknown',
  };
  const fault = faultOf(histogram);
  if (fault !== undefined) fail(fault);
  return histogram;
}

function fail(message: string): never {
  throw new TelemetryError('invalid_option', `memorySource: ${message}`);
}
