import { isPrintable } from '../quoted.ts';

/** How many digits an escape has, their base, and the largest number that they may be. */
const NUMERIC: Readonly<Record<string, readonly [count: number, base: number, largest: number]>> = {
  x: [2, 16, 0xff],
  u: [4, 16, 0x10ffff],
  U: [8, 16, 0x10ffff],
};
const OCTAL = [3, 8, 0xff] as const;

/** Scans a string from its opening quote. Returns where it ends, or what is wrong with it. */
export function scanString(text: string, from: number): number | string {
  const quote = text[from]!;
  const isRaw = quote === '`';
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === quote) return at + 1;
    // Prometheus cannot tell this character from bytes that are no UTF-8.
    if (char === '\ufffd') return 'invalid UTF-8 rune';
    if (isRaw) continue;
    if (char === '\n') break;
    if (char !== '\\') continue;
    const end = scanEscape(text, at + 1, quote);
    if (typeof end === 'string') return end;
    at = end - 1;
  }
  return isRaw ? 'unterminated raw string' : 'unterminated quoted string';
}

/** Scans what follows a backslash. Returns where it ends, or what is wrong with it. */
function scanEscape(text: string, at: number, quote: string): number | string {
  const char = text[at];
  if (char === undefined) return 'escape sequence not terminated';
  if (char === quote || 'abfnrtv\\'.includes(char)) return at + 1;
  const isOctal = char >= '0' && char <= '7';
  const numeric = isOctal ? OCTAL : NUMERIC[char];
  if (!numeric) return `unknown escape sequence ${unicode(text, at)}`;
  const [count, base, largest] = numeric;
  const first = isOctal ? at : at + 1;
  for (let i = first; i < first + count; i++) {
    if (i >= text.length) return 'escape sequence not terminated';
    // Digits of another base are no digits.
    if (Number.isNaN(Number.parseInt(text[i]!, base))) {
      return `illegal character ${unicode(text, i)} in escape sequence`;
    }
  }
  const code = Number.parseInt(text.slice(first, first + count), base);
  if (code > largest || (code >= 0xd800 && code < 0xe000)) {
    return 'escape sequence is an invalid Unicode code point';
  }
  return first + count;
}

/** Returns a character as Go's `%#U` does: `U+0063 'c'`. */
function unicode(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  const char = String.fromCodePoint(code);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrintable(char) ? `${name} '${char}'` : name;
}
