/**
 * Returns upper bounds of buckets as a histogram can have them: finite, each once, in ascending order. Those who come from
 * other libraries may give any, and a recording must not fail because of that. A histogram has at least one bound. If
 * none remains, that is the largest number there is, below which are all values but infinity.
 */
export function soundBounds(given: readonly unknown[]): number[] {
  const numbers = Array.from(given, Number).filter(Number.isFinite);
  const bounds = [...new Set(numbers)].sort((a, b) => a - b);
  return bounds.length > 0 ? bounds : [Number.MAX_VALUE];
}
