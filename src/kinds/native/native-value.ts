import type { NativeHistogram } from '../../model.ts';
import type { NativeShape } from './layout.ts';
import type { NativeCounts } from './native-counts.ts';
import { bucketsWithin, type NativeBucket, nativeQuantiles } from './quantile.ts';

/** The native buckets of a series, for people to read. */
export interface NativeValue {
  /** The resolution, from -4 to 8. With each step up there are twice as many buckets. */
  readonly schema: number;
  /** The zero bucket has the observations from `-zeroThreshold` up to `zeroThreshold`. */
  readonly zeroThreshold: number;
  /** How many observations the zero bucket has. */
  readonly zeroCount: number;
  /** How many values there were. */
  readonly count: number;
  /** The buckets that have values, in ascending order. The bucket around 0 is one of them. */
  readonly buckets: readonly NativeBucket[];
  /** Estimates of quantiles, as `histogram_quantile` of PromQL makes them; NaN if there are no values. */
  readonly quantiles: Readonly<Record<'0.5' | '0.9' | '0.95' | '0.99', number>>;
}

/** @param counts what the series holds; `undefined` if there is no such series */
export function nativeValue(counts: NativeCounts | undefined, shape: NativeShape): NativeValue {
  const histogram = nativeHistogram(counts, shape);
  const buckets = bucketsWithin(histogram);
  const quantiles = nativeQuantiles([0.5, 0.9, 0.95, 0.99], histogram);
  return {
    schema: histogram.schema,
    zeroThreshold: shape.zeroThreshold,
    zeroCount: histogram.zeroCount,
    count: buckets.reduce((sum, { count }) => sum + count, 0),
    buckets,
    quantiles: { 0.5: quantiles[0]!, 0.9: quantiles[1]!, 0.95: quantiles[2]!, 0.99: quantiles[3]! },
  };
}

/** Returns the counts in the form of snapshots. */
export function nativeHistogram(
  counts: NativeCounts | undefined,
  { schema, zeroThreshold }: NativeShape,
): NativeHistogram {
  const none = { offset: 0, counts: [] };
  return {
    schema: counts?.schema ?? schema,
    zeroThreshold,
    zeroCount: counts?.zero ?? 0,
    positive: { ...(counts?.positive ?? none), infinite: counts?.infinite },
    negative: { ...(counts?.negative ?? none), infinite: counts?.minusInfinite },
  };
}
