import type { Captures } from './captures.ts';

const VARIABLE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Returns a replacement with `$1`, `${1}` and `${name}` replaced by what the groups have captured, as Go does
 * it: a name is as long as it can be, what is unknown is empty, and `$$` is a dollar.
 */
export function expand(
  replacement: string,
  text: string,
  captures: Captures,
  names: readonly string[],
): string {
  const groupOf = (name: string) => {
    if (/^(0|[1-9]\d{0,7})$/.test(name)) return Number(name);
    return names.findIndex((known, i) => i > 0 && known === name && captures[2 * i]! >= 0);
  };
  return replacement.replace(VARIABLE, (_, dollar, braced, bare) => {
    if (dollar) return '$';
    const start = 2 * groupOf(braced ?? bare);
    return captures[start]! >= 0 ? text.slice(captures[start], captures[start + 1]) : '';
  });
}
