/**
 * How numbers are written. Most are small and whole, or decimal fractions such as the bounds of buckets:
 *
 * - twice a whole number, from 0 on;
 * - `2 * e + 1`, and then a whole number that is to be divided by the power `e` of 10;
 * - 1, and then the 8 bytes of a double, the lowest first.
 */
import type { MessageWriter } from '../bytes/message-writer.ts';

export const DOUBLE = 1;
/** Twice such a number is still exact. */
const MOST_WHOLE = 2 ** 51;
const MOST_DIGITS = 2 ** 40;
export const MOST_DECIMALS = 6;

const double = new DataView(new ArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
const doubleBytes = new Uint8Array(double.buffer);

export function writeNumber(value: number, to: MessageWriter): void {
  if (value >= 0 && value < MOST_WHOLE && !Object.is(value, -0)) {
    if (Number.isInteger(value)) {
      to.varint(2 * value);
      return;
    }
    for (let decimals = 1; decimals <= MOST_DECIMALS; decimals++) {
      const digits = Math.round(value * 10 ** decimals);
      if (digits > MOST_DIGITS) break;
      // Both are exact, so the quotient is the double that is nearest to the decimal number.
      if (digits / 10 ** decimals !== value) continue;
      to.varint(2 * decimals + 1);
      to.varint(digits);
      return;
    }
  }
  to.varint(DOUBLE);
  double.setFloat64(0, value, true);
  to.few(doubleBytes);
}

/** Writes counts of which many are 0: each is twice the count, or for some zeros their number times 2, less 1. */
export function writeCounts(
  counts: ArrayLike<number>,
  from: number,
  end: number,
  to: MessageWriter,
): void {
  let zeros = 0;
  for (let i = from; i <= end; i++) {
    const count = i < end ? counts[i]! : 1;
    if (count === 0) {
      zeros++;
      continue;
    }
    if (zeros > 0) to.varint(2 * zeros - 1);
    zeros = 0;
    if (i < end) to.varint(2 * count);
  }
}
