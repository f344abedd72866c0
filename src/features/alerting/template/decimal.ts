/** The digits of a number that is 0.digits × 10^point, and not negative. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/**
 * Returns a number that is not negative, and neither infinite nor NaN, as Go's strconv formats it.
 * @param verb `e` with an exponent, `f` without, `g` with one if it is large
 * @param precision how many digits there are behind the point; for `g` how many in all, without zeros at the end
 */
export function formatFloat(value: number, verb: 'e' | 'f' | 'g', precision: number): string {
  const all = exact(value);
  if (verb === 'f') return plain(all, precision);
  if (verb === 'e') return withExponent(all, precision);
  const most = Math.max(precision, 1);
  const { digits, point } = round(all, most);
  const short = { digits: digits.replace(/(?!^)0+$/, ''), point };
  const decimals = short.digits.length - 1;
  const exponent = point - 1;
  if (exponent < -4 || exponent >= most) return withExponent(short, decimals);
  return plain(short, Math.max(decimals - exponent, 0));
}

function plain(all: Decimal, decimals: number): string {
  const { digits, point } = round(all, all.point + decimals);
  // All digits from the one before the point on.
  const whole = Math.max(point, 1);
  const padded = `${'0'.repeat(whole - point)}${digits}`.padEnd(whole + decimals, '0');
  return padded.slice(0, whole) + (decimals > 0 ? `.${padded.slice(whole, whole + decimals)}` : '');
}

function withExponent(all: Decimal, decimals: number): string {
  const { digits, point } = round(all, decimals + 1);
  const fraction = decimals > 0 ? `.${digits.slice(1, decimals + 1).padEnd(decimals, '0')}` : '';
  const exponent = String(Math.abs(point - 1)).padStart(2, '0');
  return `${digits[0]}${fraction}e${point < 1 ? '-' : '+'}${exponent}`;
}

/** A float is a whole number times a power of 2, and so has digits that end. */
function exact(value: number): Decimal {
  if (value === 0) return { digits: '0', point: 1 };
  const [bits] = new BigUint64Array(Float64Array.of(value).buffer);
  const high = Number(bits! >> 52n);
  const fraction = bits! & 0xfffffffffffffn;
  const mantissa = high > 0 ? fraction | 0x10000000000000n : fraction;
  const power = Math.max(high, 1) - 1075;
  const digits = String(power < 0 ? mantissa * 5n ** BigInt(-power) : mantissa << BigInt(power));
  return { digits, point: digits.length + Math.min(power, 0) };
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
