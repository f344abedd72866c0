/**
 * The block of a series with native buckets. Histograms and summaries have such blocks.
 *
 * A block that is too small for an observation is not changed: its counts are copied to another one, which the
 * catalogue then names. So all cells but the sum and the counts stay as they were when the block was
 * published, and a reader never finds buckets that are being moved.
 */

/** How a family with native buckets counts. */
export interface NativeShape {
  /** The finest resolution, from -4 to 8: see `NativeHistogram`. */
  readonly schema: number;
  /** The most buckets for positive and for negative values each, unless they are as wide as they can be. */
  readonly maxBuckets: number;
  readonly zeroThreshold: number;
  /** Whether buckets become wider where `maxBuckets` would not do. */
  readonly reduces: boolean;
}

export const NATIVE_SUM = 0;
/** How many cells the block has; 0 in a block that has no buckets yet. */
export const NATIVE_SIZE = 1;
export const NATIVE_ZERO = 2;
export const NATIVE_SCHEMA = 3;
/** The number of the first positive bucket, and how many there are. The same follows for negative ones. */
export const NATIVE_POSITIVE = 4;
export const NATIVE_NEGATIVE = 6;
/** How many observations were `Infinity`. A bucket for them would lie far from all others. */
export const NATIVE_INFINITE = 8;
export const NATIVE_MINUS_INFINITE = 9;
/** Here begin the counts of classic buckets, if there are any, then positive ones, then negative ones. */
export const NATIVE_HEAD = 10;

/** The coarsest resolution: each bucket reaches up to 65,536 times as far as the one before. */
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

/** There are so many buckets for each sign at the coarsest resolution, whatever `maxBuckets` says. */
const MOST_COARSE = 256;

/**
 * Returns the sum of all counts in a block, which changes with each observation.
 * @param classic how many classic buckets it has
 */
export function nativeActivity(
  cells: Float64Array,
  index: number,
  { maxBuckets }: NativeShape,
  classic: number,
): number {
  let count =
    cells[index + NATIVE_ZERO]! +
    cells[index + NATIVE_INFINITE]! +
    cells[index + NATIVE_MINUS_INFINITE]!;
  // A block whose size is not set has no buckets, and has counted in the cells above only.
  const most = NATIVE_HEAD + classic + 2 * (maxBuckets + MOST_COARSE);
  const end = Math.min(index + Math.min(cells[index + NATIVE_SIZE]!, most), cells.length);
  for (let i = index + NATIVE_HEAD; i < end; i++) count += cells[i]!;
  return count;
}
