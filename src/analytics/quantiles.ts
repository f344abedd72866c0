/**
 * Returns a quantile of values, interpolated between the two nearest, as `quantile()` of PromQL does.
 * @param sorted ascending
 * @param q from 0 to 1
 * @returns NaN without values
 */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const last = sorted.length - 1;
  if (last < 0) return Number.NaN;
  const rank = q * last;
  const below = Math.floor(rank);
  const one = sorted[below]!;
  const other = sorted[Math.min(below + 1, last)]!;
  // Two infinities of one sign have no difference.
  return one === other ? one : one * (1 - (rank - below)) + other * (rank - below);
}

/** Returns the middle of values. They are sorted in place. */
export function medianOf(values: Float64Array): number {
  return quantileOf(values.sort(), 0.5);
}
