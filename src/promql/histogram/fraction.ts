import { bucketsOf, clippedAtZero, fractionBelow } from './bounds.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from './float-histogram.ts';
import type { Note } from './notes.ts';

/**
 * Estimates which part of the observations lies between two values, from 0 to 1.
 * @returns NaN without observations
 */
export function fraction(
  lower: number,
  upper: number,
  histogram: FloatHistogram,
  note: Note,
): number {
  const all = histogram.count;
  if (all === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const isCustom = histogram.schema === CUSTOM_BOUNDS;
  const ends = new RankFinder(lower, upper);
  let count = 0;
  for (const bucket of bucketsOf(histogram)) {
    const isZero = bucket.lower <= 0 && bucket.upper >= 0;
    if (isZero) clippedAtZero(bucket, histogram);
    ends.pass(bucket.lower, bucket.upper, count, (value) => {
      if (bucket.lower === -Infinity) return bucket.count;
      return count + bucket.count * fractionBelow(bucket, value, isCustom || isZero);
    });
    count += bucket.count;
  }
  if (!Number.isNaN(histogram.sum)) count = all;
  else if (count < all) note('fraction-nan');
  return ends.between(count) / all;
}

/** Finds how many observations lie below each of two values, while buckets go by in ascending order. */
export class RankFinder {
  readonly #values: readonly [number, number];
  readonly #ranks: [number | undefined, number | undefined] = [undefined, undefined];

  constructor(lower: number, upper: number) {
    this.#values = [lower, upper];
  }

  /**
   * @param before how many observations there are below the bucket
   * @param at estimates how many there are below a value within the bucket
   */
  pass(lower: number, upper: number, before: number, at: (value: number) => number): void {
    for (const end of [0, 1] as const) {
      const value = this.#values[end];
      if (this.#ranks[end] !== undefined) continue;
      if (lower >= value) this.#ranks[end] = before;
      else if (upper > value) this.#ranks[end] = at(value);
    }
  }

  /** @param count how many observations there are in all buckets */
  between(count: number): number {
    const [lower, upper] = this.#ranks.map((rank) =>
      rank === undefined || rank > count ? count : rank,
    );
    return upper! - lower!;
  }
}
