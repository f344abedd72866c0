import type { Captures } from './captures.ts';

const VARIABLE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/**
 * Returns a replacement with `$1`, `${1}` and `${name}` replaced by what the groups have captured, as Go does
 * it: a name is as long as it can be, what is unknown is empty, and `$$` is a dollar.
 * @param most how many characters it may have
 * @throws RangeError if it would have more
 */
export function expand(
  replacement: string,
  text: string,
  captures: Captures,
  names: readonly string[],
  most = Infinity,
): string {
  let left = most;
  const counted = (part: string) => {
    left -= part.length;
    if (left < 0) throw new RangeError(`result is longer than ${most}`);
    return part;
  };
  const groupOf = (name: string) => {
    if (/^(0|[1-9]\d{0,7})$/.test(name)) return Number(name);
    return names.findIndex((known, i) => i > 0 && known === name && captures[2 * i]! >= 0);
  };
  return replacement.replace(VARIABLE, (_, dollar, braced, bare) => {
    if (dollar) return '$';
    const start = 2 * groupOf(braced ?? bare);
    return counted(captures[start]! >= 0 ? text.slice(captures[start], captures[start + 1]) : '');
  });
}
