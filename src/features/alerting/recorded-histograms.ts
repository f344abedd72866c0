import {
  type MetricFamily,
  MetricType,
  type NativeBuckets,
  type NativeHistogram,
  type SeriesLabels,
} from '../../model.ts';
import { toSchema } from '../../promql/histogram/arithmetic.ts';
import {
  type Buckets,
  CUSTOM_BOUNDS,
  type FloatHistogram,
} from '../../promql/histogram/float-histogram.ts';

/** A snapshot also has the empty buckets between others. If there are more than this, the resolution is lowered. */
const MOST_BUCKETS = 1024;
const LOWEST_SCHEMA = -4;

/** Whether a snapshot can have a histogram that a rule has made. It has no custom bounds, and its counts are numbers. */
export function isShownHistogram({ schema, count, zeroCount, ...sides }: FloatHistogram): boolean {
  const counts = [count, zeroCount, ...sides.positive.counts, ...sides.negative.counts];
  return schema !== CUSTOM_BOUNDS && counts.every((one) => one >= 0 && one < Infinity);
}

/** Returns a family of native histograms that rules have made. */
export function histogramFamily(
  name: string,
  description: string,
  series: readonly SeriesLabels[],
  histograms: readonly FloatHistogram[],
): MetricFamily {
  return {
    ...{ type: MetricType.Histogram, name, description, unit: '', labels: {} },
    ...{ data: 'buckets', buckets: [], series },
    labelNames: series[0]?.labelNames ?? [],
    values: Float64Array.from(histograms.flatMap(({ sum, count }) => [sum, count])),
    natives: histograms.map(nativeHistogram),
  };
}

/** Snapshots between two evaluations have the same objects, by which formats know what has not changed. */
const known = new WeakMap<FloatHistogram, NativeHistogram>();

function nativeHistogram(histogram: FloatHistogram): NativeHistogram {
  let native = known.get(histogram);
  if (!native) known.set(histogram, (native = converted(histogram)));
  return native;
}

function converted(histogram: FloatHistogram): NativeHistogram {
  let fitting = histogram;
  while (fitting.schema > LOWEST_SCHEMA && !isFitting(fitting)) {
    fitting = toSchema(fitting, fitting.schema - 1);
  }
  const { schema, zeroThreshold, zeroCount, positive, negative, counterReset } = fitting;
  return {
    ...{ schema, zeroThreshold, zeroCount },
    positive: nativeBuckets(positive, schema),
    negative: nativeBuckets(negative, schema),
    floats: { mayFall: counterReset === 'gauge' },
  };
}

function isFitting({ schema, positive, negative }: FloatHistogram): boolean {
  return [positive, negative].every((side) => {
    const [begin, end] = rangeOf(side, schema);
    return end - begin <= MOST_BUCKETS;
  });
}

/** Returns the first bucket, and the number behind the last one that is not that of infinite observations. */
function rangeOf({ indices }: Buckets, schema: number): [begin: number, end: number] {
  const finite = indices.filter((index) => index < infinityOf(schema));
  const [begin = 0] = finite;
  return [begin, (finite.at(-1) ?? begin - 1) + 1];
}

/** Returns the number of the bucket behind that of the greatest finite number, which is just below 2 ** 1024. */
const infinityOf = (schema: number) => 1024 * 2 ** schema + 1;

function nativeBuckets(side: Buckets, schema: number): NativeBuckets {
  const [begin, end] = rangeOf(side, schema);
  const counts = new Float64Array(end - begin);
  let infinite = 0;
  for (const [i, index] of side.indices.entries()) {
    if (index < infinityOf(schema)) counts[index - begin] = side.counts[i]!;
    else infinite += side.counts[i]!;
  }
  return { offset: begin, counts, ...(infinite > 0 && { infinite }) };
}
