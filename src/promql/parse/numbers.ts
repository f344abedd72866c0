import { quoted } from '../quoted.ts';

const INTEGER = /^(?:0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i;
const FLOAT = /^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const BESIDE_NO_DIGIT = /(?:^|\D)_|_(?:\D|$)/;
const BESIDE_NO_HEX_DIGIT = /[^\da-fx]_|_(?:[^\da-f]|$)/;
const LARGEST_INTEGER = 2n ** 63n - 1n;

/**
 * Returns the number that a token stands for, as Go reads it: `0x1f` is hexadecimal, `017` octal, `018` decimal.
 * @throws Error
 */
export function numberOf(text: string): number {
  const lower = text.toLowerCase();
  if (lower === 'inf') return Infinity;
  if (lower === 'nan') return Number.NaN;
  const digits = isSpaced(lower) ? lower.replaceAll('_', '') : '';
  if (INTEGER.test(digits)) {
    const octal = /^0[0-7]/.test(digits);
    const value = BigInt(octal ? `0o${digits}` : digits);
    if (value <= LARGEST_INTEGER) return Number(value);
  }
  if (!FLOAT.test(digits)) throw unparsed(text, 'invalid syntax');
  const value = Number(digits);
  if (value === Infinity) throw unparsed(text, 'value out of range');
  return value;
}

/** As `numberOf`, for a text that may begin with a sign. @throws Error */
export function signedNumber(text: string): number {
  const [, sign, digits] = /^([+-]?)(.*)$/s.exec(text)!;
  return sign === '-' ? -numberOf(digits!) : numberOf(digits!);
}

/** Whether each underscore is between two digits, or between `0x` and a digit. */
const isSpaced = (text: string): boolean =>
  !(text.startsWith('0x') ? BESIDE_NO_HEX_DIGIT : BESIDE_NO_DIGIT).test(text);

function unparsed(text: string, why: string): Error {
  return new Error(`error parsing number: strconv.ParseFloat: parsing ${quoted(text)}: ${why}`);
}
