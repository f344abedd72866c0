import type { Kind } from '../kind.ts';
import { NATIVE_HEAD, NATIVE_SIZE, type NativeShape, nativeActivity } from '../native/layout.ts';

export type HistogramShape = {
  /** Upper bounds in ascending order, without `+Inf`. Only a histogram with native buckets may have none. */
  readonly buckets: readonly number[];
  readonly native?: NativeShape | undefined;
};

/**
 * The cells of a block are the sum of the observations, and then one count for each bucket, `+Inf` last. The
 * count of all observations is the sum of these. With native buckets the block is another: see
 * native/layout.ts.
 */
export const HISTOGRAM_SUM = 0;
export const HISTOGRAM_COUNTS = 1;

/** A distribution over buckets. */
export const histogramKind = {
  type: 'histogram',
  reserved: () => ['le'],
  occupies: (name: string) => [`${name}_bucket`, `${name}_sum`, `${name}_count`],
  cells: cellsOf,
  size: (cells: Float64Array, index: number, shape: HistogramShape) =>
    (shape.native && cells[index + NATIVE_SIZE]) || cellsOf(shape),
  activity(cells: Float64Array, index: number, shape: HistogramShape) {
    const { native, buckets } = shape;
    if (native) return nativeActivity(cells, index, native, classicCount(buckets));
    let count = 0;
    for (let i = HISTOGRAM_COUNTS; i < cellsOf(shape); i++) count += cells[index + i]!;
    return count;
  },
} satisfies Kind<HistogramShape>;

function cellsOf({ buckets, native }: HistogramShape): number {
  return native ? NATIVE_HEAD + classicCount(buckets) : HISTOGRAM_COUNTS + buckets.length + 1;
}

/** Returns how many classic buckets a histogram with native buckets has. */
export function classicCount(buckets: readonly number[]): number {
  return buckets.length > 0 ? buckets.length + 1 : 0;
}
