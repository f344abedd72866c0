/** Returns a quantile of numbers, which this sorts. */
export function quantileOf(q: number, numbers: Float64Array): number {
  return quantileOfSorted(q, numbers.sort());
}

/** Returns a quantile of sorted numbers. NaN counts as less than all others, as in Prometheus. */
export function quantileOfSorted(q: number, numbers: Float64Array): number {
  const count = numbers.length;
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  // Sorting has put those that are NaN behind all others.
  let nans = 0;
  while (nans < count && Number.isNaN(numbers[count - 1 - nans])) nans++;
  const at = (i: number) => (i < nans ? Number.NaN : numbers[i - nans]!);
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
