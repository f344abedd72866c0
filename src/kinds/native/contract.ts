import type { BoundSeries, SeriesOwner } from '../bound-series.ts';
import type { BucketNumbers } from './bucket-numbers.ts';
import type { NativeShape } from './layout.ts';
import type { NativeCounts } from './native-counts.ts';
import type { NativeValue } from './native-value.ts';

/** What a series with native buckets needs of its metric. */
export interface NativeOwner extends SeriesOwner {
  /** Puts the series into another block, which is to hold these cells. */
  move(series: NativeSeries, cells: readonly number[]): void;
}

/** One series that counts in native buckets, and maybe in classic ones, too. */
export interface NativeSeries extends BoundSeries {
  readonly owner: NativeOwner;
  readonly shape: NativeShape;
  /** That of the shape: it is looked at for each value. */
  readonly zeroThreshold: number;
  readonly classic: ClassicBuckets | undefined;
  /** How many cells the block has. */
  readonly size: number;
  /** Finds buckets at the resolution that the block has. Absent until the code has seen the block. */
  numbers: BucketNumbers | undefined;
  /** The cells of the positive buckets, and the number of the first of these buckets. */
  positive: Float64Array;
  positiveOffset: number;
  /** The same for negative buckets. */
  negative: Float64Array;
  negativeOffset: number;
}

/** Buckets whose bounds the application has chosen. */
export interface ClassicBuckets {
  readonly count: number;
  find(value: number): number;
}

/** How native buckets are recorded. */
export interface NativeRecording {
  /**
   * @param value any number but NaN
   * @returns whether it counts, or will once the code is there
   */
  observe(series: NativeSeries, value: number): boolean;
  /**
   * Makes the series hold what its source has counted in all. If some of it is less than before, the series starts
   * anew. Absent until the code is there: whoever reads then asks the source again.
   */
  write?(series: NativeSeries, total: NativeCounts): void;
  /** Called when the series has other cells than before. */
  load(series: NativeSeries): void;
  /** Called before the series is reset. */
  forget(series: NativeSeries): void;
  counts(series: NativeSeries): NativeCounts | undefined;
  value(counts: NativeCounts | undefined, shape: NativeShape): NativeValue | undefined;
  quantiles(
    counts: NativeCounts | undefined,
    shape: NativeShape,
    quantiles: readonly number[],
  ): readonly number[];
}
