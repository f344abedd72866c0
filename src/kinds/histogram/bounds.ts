import { textOf } from '../../model.ts';
import { isWhole } from '../../options.ts';
import { USAGE, wrong } from '../definition.ts';

/** The default of every Prometheus client, made for request durations in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

function checkBounds(what: string, ...given: readonly [number, number, number]): void {
  if (given.every(Number.isFinite) && isWhole(given[2])) return;
  const remedy = 'three numbers, the last a count';
  throw wrong('invalid_buckets', given.map(textOf), `is not what ${what}() takes`, remedy);
}

export function checkedBounds(name: string, buckets: readonly number[]): number[] {
  if (!Array.isArray(buckets)) {
    throw wrong('invalid_option', buckets, `is no array of buckets of ${name}`, USAGE);
  }
  const bounds = [...(buckets as readonly number[])];
  if (bounds.at(-1) === Infinity) bounds.pop();
  const rises = (bound: number, i: number) =>
    Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!);
  if (bounds.length === 0 || !bounds.every(rises)) {
    const remedy = 'give finite, rising numbers';
    throw wrong('invalid_buckets', bounds.map(textOf), `are no buckets of ${name}`, remedy);
  }
  return bounds;
}

/**
 * Returns `count` bounds, `width` apart, the first at `start`.
 * @throws TelemetryError `invalid_buckets`
 * @example
 * ```ts
 * import { linearBuckets } from 'utilityfog-telemetry';
 *
 * console.log(linearBuckets(10, 5, 3));
 * // -> [ 10, 15, 20 ]
 * ```
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  checkBounds('linearBuckets', start, width, count);
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * Returns `count` bounds, each `factor` times the one before, the first at `start`.
 * @throws TelemetryError `invalid_buckets`
 * @example
 * ```ts
 * import { exponentialBuckets } from 'utilityfog-telemetry';
 *
 * console.log(exponentialBuckets(1, 2, 5));
 * // -> [ 1, 2, 4, 8, 16 ]
 * ```
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  checkBounds('exponentialBuckets', start, factor, count);
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}
