import type { Kind } from '../kind.ts';
import { NATIVE_HEAD, NATIVE_SIZE, type NativeShape, nativeActivity } from '../native/layout.ts';

export type SummaryShape = {
  /** From 0 to 1, in ascending order. */
  readonly quantiles: readonly number[];
  /** Quantiles are those of what was observed in so many seconds. */
  readonly maxAge: number;
  /** In how many steps the oldest observations are left out. */
  readonly ageBuckets: number;
};

/**
 * Buckets are 1.1 % wide, so a quantile is at most so far off. There are as many as values need that are a
 * million million times as large as others.
 */
export const SUMMARY_BUCKETS: NativeShape = {
  schema: 6,
  maxBuckets: 2560,
  zeroThreshold: 2 ** -128,
  reduces: true,
};

/** The most that a summary may have, whoever defines it. */
export const MAX_QUANTILES = 1000;

export function areQuantiles(value: unknown): value is number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_QUANTILES) return false;
  // `every` alone would skip holes.
  return Array.from<unknown>(value).every(
    (q, i) => typeof q === 'number' && q >= 0 && q <= 1 && (i === 0 || q > value[i - 1]),
  );
}

/** Quantiles over a sliding window. The block is that of native/layout.ts. */
export const summaryKind = {
  type: 'summary',
  reserved: () => ['quantile'],
  occupies: (name: string) => [`${name}_sum`, `${name}_count`],
  cells: () => NATIVE_HEAD,
  size: (cells: Float64Array, index: number) => cells[index + NATIVE_SIZE] || NATIVE_HEAD,
  activity: (cells: Float64Array, index: number) =>
    nativeActivity(cells, index, SUMMARY_BUCKETS, 0),
} satisfies Kind<SummaryShape>;
