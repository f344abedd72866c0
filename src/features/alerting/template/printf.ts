import { shortNumberText } from '../../../promql/number-text.ts';
import { quoted, quotedChar } from '../../../promql/quoted.ts';
import { formatFloat } from './decimal.ts';
import { textOf, typeOf, type Value } from './values.ts';

interface Verb {
  readonly verb: string;
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** -1 if it is not given. */
  readonly precision: number;
}

/** The widest that a value is padded to, and the most digits. Go allows a million. */
const WIDEST = 1000;
const VERB = /%([+\-# 0]*)(\d*)(?:(\.)(\d*))?(.)?/gsu;

/** Formats as Go's fmt.Sprintf does, for the values that a template has. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  const result = format.replace(VERB, (_, flags, width, point, digits, verb) => {
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (Number(width) > WIDEST) return `%!(BADWIDTH)${verb}`;
    if (Number(digits ?? 0) > WIDEST) return `%!(BADPREC)${verb}`;
    if (next >= args.length) return `%!${verb}(MISSING)`;
    return formatted(args[next++], {
      verb,
      plus: flags.includes('+'),
      minus: flags.includes('-'),
      sharp: flags.includes('#'),
      space: flags.includes(' '),
      zero: flags.includes('0') && !flags.includes('-'),
      width: Number(width),
      precision: point ? Number(digits) : -1,
    });
  });
  const extra = args.slice(next).map(typeAndText);
  return extra.length > 0 ? `${result}%!(EXTRA ${extra.join(', ')})` : result;
}

/** Joins values as Go's fmt.Sprint does: with a space between two that are no strings. */
export function sprint(args: readonly Value[]): string {
  const spaced = (i: number) => typeof args[i] !== 'string' && typeof args[i - 1] !== 'string';
  return args.map((arg, i) => (i > 0 && spaced(i) ? ' ' : '') + textOf(arg)).join('');
}

const typeAndText = (value: Value) =>
  value === undefined ? '<nil>' : `${typeOf(value)}=${textOf(value)}`;

function formatted(value: Value, how: Verb): string {
  const { verb } = how;
  if (verb === 'T') return padded(typeOf(value), how);
  // The verb v has no sign.
  const result = byType(value, verb === 'v' ? { ...how, plus: false } : how);
  if (result !== undefined) return result;
  if (value === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeOf(value)}=${byType(value, { ...how, verb: 'v' })})`;
}

/** Returns nothing if the type does not have the verb. */
function byType(value: Value, how: Verb): string | undefined {
  const { verb } = how;
  switch (typeof value) {
    case 'undefined':
      return verb === 'v' ? padded('<nil>', how) : undefined;
    case 'boolean':
      return verb === 't' || verb === 'v' ? padded(String(value), how) : undefined;
    case 'bigint':
      return integer(value, how);
    case 'number':
      return float(value, how);
    case 'string':
      return text(value, how);
  }
  return textOf(value, (part) => formatted(part, how));
}

const BASES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: '0b', o: '0', O: '0o', x: '0x', X: '0X' };

function integer(value: bigint, how: Verb): string | undefined {
  const { verb } = how;
  if (verb === 'c' || verb === 'q' || verb === 'U') {
    const known = value >= 0n && value <= 0x10ffffn;
    const char = known ? String.fromCodePoint(Number(value)) : '\ufffd';
    if (verb === 'U') return padded(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, how);
    const inQuotes = how.plus ? inAscii(quotedChar(char)) : quotedChar(char);
    return padded(verb === 'c' ? char : inQuotes, how);
  }
  const base = BASES[verb];
  if (base === undefined) return;
  if (how.precision === 0 && value === 0n) return padded('', { ...how, zero: false });
  let digits = (value < 0n ? -value : value).toString(base).padStart(how.precision, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (how.sharp || verb === 'O') digits = (PREFIXES[verb] ?? '') + digits;
  return number(value < 0n, digits, { ...how, zero: how.zero && how.precision < 0 });
}

function float(value: number, how: Verb): string | undefined {
  const { verb, precision } = how;
  const kind = { v: 'g', g: 'g', G: 'g', f: 'f', F: 'f', e: 'e', E: 'e' }[verb];
  if (!kind) return;
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : 'Inf';
    // Infinity always has a sign, and zeros pad neither.
    const sign = signOf(value < 0, { ...how, plus: how.plus || (value > 0 && !how.space) });
    return padded(sign + text, { ...how, zero: false });
  }
  const size = Math.abs(value);
  const digits = precision < 0 && kind !== 'g' ? 6 : precision;
  const shown = digits < 0 ? shortNumberText(size) : formatFloat(size, kind as 'e', digits);
  const isUpper = verb === 'G' || verb === 'E';
  return number(value < 0 || Object.is(value, -0), isUpper ? shown.toUpperCase() : shown, how);
}

const signOf = (negative: boolean, { plus, space }: Verb) =>
  negative ? '-' : plus ? '+' : space ? ' ' : '';

/** Zeros that pad a number stand behind its sign. */
function number(negative: boolean, digits: string, how: Verb): string {
  const sign = signOf(negative, how);
  return how.zero
    ? sign + digits.padStart(how.width - sign.length, '0')
    : padded(sign + digits, how);
}

function text(value: string, how: Verb): string | undefined {
  const { verb, precision, sharp } = how;
  const cut = precision < 0 ? value : [...value].slice(0, precision).join('');
  switch (verb) {
    case 's':
    case 'v':
      return padded(cut, how);
    case 'q': {
      const isRaw = sharp && !/[`\p{Cc}\ufeff]/u.test(cut);
      return padded(isRaw ? `\`${cut}\`` : how.plus ? inAscii(quoted(cut)) : quoted(cut), how);
    }
    case 'x':
    case 'X': {
      const bytes = new TextEncoder().encode(value).slice(0, precision < 0 ? undefined : precision);
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(
        how.space ? ' ' : '',
      );
      return padded(verb === 'x' ? hex : hex.toUpperCase(), how);
    }
    default:
      return;
  }
}

const inAscii = (text: string) =>
  text.replace(/[^\0-~]/gu, (char) => {
    const hex = char.codePointAt(0)!.toString(16);
    return char.length > 1 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });

/** Pads to the width, which counts code points. */
function padded(shown: string, { width, minus, zero }: Verb): string {
  const missing = Math.max(width - [...shown].length, 0);
  if (minus) return shown + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + shown;
}
