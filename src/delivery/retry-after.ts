/**
 * Returns for how many seconds a `Retry-After` header asks to wait; `undefined` if it does not say. It is a
 * number of seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @param now milliseconds since 1970
 */
export function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  // A date has letters. `Date.parse` takes many other things for one.
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
