/** Returns a number as Prometheus' HTTP API writes it. */
export function numberText(value: number): string {
  // JavaScript has the same digits and limits, but shorter exponents.
  return specialText(value) ?? withLongExponent(String(value));
}

/** Returns a number as Go's `%g` writes it, which Prometheus uses in messages. */
export function shortNumberText(value: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e6);
  return isPlain ? String(value) : withLongExponent(value.toExponential());
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Object.is(value, -0)) return '-0';
  return Math.abs(value) === Infinity ? (value > 0 ? '+Inf' : '-Inf') : undefined;
}

/** Go writes at least two digits of an exponent. */
function withLongExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
