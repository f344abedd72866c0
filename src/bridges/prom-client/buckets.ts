/**
 * Returns `count` bounds, `width` apart, the first at `start`.
 * @throws Error if there are none
 * @example
 * ```ts
 * import { linearBuckets } from 'utilityfog-telemetry/prom-client';
 *
 * console.log(linearBuckets(0, 10, 3));
 * // -> [ 0, 10, 20 ]
 * ```
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count');
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * Returns `count` bounds, each `factor` times the one before, the first at `start`.
 * @throws Error if they would not rise
 * @example
 * ```ts
 * import { exponentialBuckets } from 'utilityfog-telemetry/prom-client';
 *
 * console.log(exponentialBuckets(1, 2, 3));
 * // -> [ 1, 2, 4 ]
 * ```
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start');
  if (count < 1) throw new Error('Exponential buckets needs a positive count');
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1');
  // A bound is the product of the one before: a power would differ in the last digit.
  const bounds: number[] = [];
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound);
  return bounds;
}
