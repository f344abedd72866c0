import { unquoted } from '../../../promql/parse/strings.ts';

const UNDERSCORES = /^[+-]?(?:0[xXbBoO]_?)?[\da-fA-F]+(?:_[\da-fA-F]+)*$/;
const ILLEGAL = 'illegal number syntax';
const OVERFLOW = 'integer overflow';
const LARGEST = 2n ** 63n;

/** Returns the number of a constant: a bigint for Go's int, a number for its float64; or what is wrong with it. */
export function numberOf(text: string): number | bigint | string {
  if (text[0] === "'") {
    const chars = [...unquoted(text)];
    return chars.length === 1 ? BigInt(chars[0]!.codePointAt(0)!) : 'malformed character constant';
  }
  const digits = text.replaceAll('_', '');
  if (digits !== text && !UNDERSCORES.test(text)) return ILLEGAL;
  const whole = /^([+-]?)(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0|0[bB][01]+|[1-9]\d*)$/.exec(digits);
  if (whole) {
    // A zero in front means octal.
    const size = BigInt(whole[2]!.replace(/^0(?=\d)/, '0o'));
    const value = whole[1] === '-' ? -size : size;
    return value < LARGEST && value >= -LARGEST ? value : OVERFLOW;
  }
  if (/^[+-]?\d+$/.test(digits)) return OVERFLOW;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits)) return ILLEGAL;
  const value = Number(digits);
  return Number.isFinite(value) ? value : ILLEGAL;
}
