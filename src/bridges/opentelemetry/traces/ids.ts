/**
 * IDs of traces and spans are numbers of 32 bits here. Most spans are never asked for their digits, and then nobody has
 * to write them on the thread that records.
 */

const HALF = 2 ** 32;

/** Returns 32 random bits. They need not be hard to guess: https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id */
export const randomBits = (): number => (Math.random() * HALF) >>> 0;

/** Returns 32 random bits that are not all 0, which no ID may be. */
export const someBits = (): number => randomBits() || 1;

export const digitsOf = (bits: number): string => bits.toString(16).padStart(8, '0');

/** Returns the bits of eight digits from there on. They must be hexadecimal. */
export const bitsAt = (digits: string, at: number): number =>
  Number.parseInt(digits.slice(at, at + 8), 16);
