/** The digits of a positive number that is 0.digits × 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** From this exponent on, `g` without a precision writes it. */
const SHORTEST_LIMIT = 6;

/**
 * Returns a number that is not negative as Go's strconv formats it.
 * @param verb `e` with an exponent, `f` without, `g` with one if it is large
 * @param precision how many digits there are behind the point, for `g` how many in all; -1 stands for as many
 * as give the number again
 */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Inf';
  const all = precision < 0 ? shortest(value) : exact(value);
  if (verb === 'f') return plain(all, precision);
  if (verb === 'e') return withExponent(all, precision);
  const most = precision === 0 ? 1 : precision;
  const rounded = precision < 0 ? all : round(all, most);
  const digits = rounded.digits.replace(/(?!^)0+$/, '');
  const exponent = rounded.point - 1;
  const short = { digits, point: rounded.point };
  const limit = precision < 0 ? SHORTEST_LIMIT : most;
  if (exponent < -4 || exponent >= limit) return withExponent(short, digits.length - 1);
  return plain(short, Math.max(digits.length - rounded.point, 0));
}

function plain(all: Decimal, precision: number): string {
  const decimals = precision < 0 ? Math.max(all.digits.length - all.point, 0) : precision;
  const { digits, point } = round(all, all.point + decimals);
  const padded = digits.padEnd(Math.max(point + decimals, 0), '0');
  const whole = point > 0 ? padded.slice(0, point) : '0';
  const fraction =
    point > 0 ? padded.slice(point) : '0'.repeat(Math.min(-point, decimals)) + padded;
  return decimals > 0 ? `${whole}.${fraction.padEnd(decimals, '0').slice(0, decimals)}` : whole;
}

function withExponent(all: Decimal, precision: number): string {
  const count = precision < 0 ? all.digits.length : precision + 1;
  const { digits, point } = round(all, count);
  const padded = digits.padEnd(count, '0').slice(0, count);
  const exponent = String(Math.abs(point - 1)).padStart(2, '0');
  const fraction = count > 1 ? `.${padded.slice(1)}` : '';
  return `${padded[0]}${fraction}e${point < 1 ? '-' : '+'}${exponent}`;
}

/** JavaScript and Go agree about the fewest digits. */
function shortest(value: number): Decimal {
  const [digits, exponent] = value.toExponential().split('e');
  return { digits: digits!.replace('.', ''), point: Number(exponent) + 1 };
}

/** A float is a whole number times a power of 2, and so has digits that end. */
function exact(value: number): Decimal {
  if (value === 0) return { digits: '0', point: 1 };
  const [bits] = new BigUint64Array(Float64Array.of(value).buffer);
  const high = Number(bits! >> 52n);
  const fraction = bits! & 0xfffffffffffffn;
  const mantissa = high > 0 ? fraction | 0x10000000000000n : fraction;
  const power = Math.max(high, 1) - 1075;
  if (power >= 0) {
    const digits = String(mantissa << BigInt(power));
    return { digits, point: digits.length };
  }
  const digits = String(mantissa * 5n ** BigInt(-power));
  return { digits, point: digits.length + power };
}

/** Keeps the first digits. What lies exactly between two goes to the even one. */
function round({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point };
  const head = digits.slice(0, count);
  const tail = digits.slice(count);
  const isOdd = Number(head.at(-1) ?? 0) % 2 === 1;
  const up = tail[0]! > '5' || (tail[0] === '5' && (isOdd || /[1-9]/.test(tail.slice(1))));
  if (!up) return { digits: head, point };
  const next = String(BigInt(`0${head}`) + 1n).padStart(count, '0');
  return { digits: next, point: point + next.length - count };
}
