import { RegexError } from './regex-error.ts';

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Reads an escaped character. Returns its code point, and where it ends. */
export function escapeAt(pattern: string, at: number): [code: number, end: number] {
  const sticky =
    /\\(?:([1-7][0-7]{1,2}|0[0-7]{0,2})|x(?:([\da-fA-F]{2})|\{([\da-fA-F]+)\})|([afnrtv])|([!-/:-@[-`{-~\0- \x7f]))/y;
  sticky.lastIndex = at;
  const found = sticky.exec(pattern);
  if (found) {
    const [, octal, hex, braced = hex, control, plain] = found;
    const code = octal
      ? Number.parseInt(octal, 8)
      : braced
        ? Number.parseInt(braced, 16)
        : control
          ? CONTROLS[control]!
          : plain!.charCodeAt(0);
    if (code <= 0x10ffff) return [code, sticky.lastIndex];
  }
  if (at + 1 >= pattern.length) throw new RegexError('trailing backslash at end of expression', '');
  throw new RegexError('invalid escape sequence', wrongEscape(pattern, at));
}

/** Returns an escape up to the first character that is wrong in it, as Go shows it. Six digits may be too many. */
function wrongEscape(pattern: string, at: number): string {
  const sticky =
    /\\(?:x\{0*(?:[2-9a-f][\da-f]{5}|1[1-9a-f][\da-f]{4}|[\da-f]{0,6}.?)|x.{0,2}|.)/isuy;
  sticky.lastIndex = at;
  return sticky.exec(pattern)![0];
}
