/**
 * Times are whole microseconds since 1970 here, which is as much as today's seconds tell in a number. As
 * nanoseconds they would not fit a number.
 */
export type Microseconds = number;

/** Returns a time that was given in seconds since 1970; 0 if it is not known. */
export function microseconds(seconds: number): Microseconds {
  if (!(seconds > 0 && seconds < Infinity)) return 0;
  return Math.min(Math.round(seconds * 1e6), Number.MAX_SAFE_INTEGER);
}

/** Returns the nanoseconds as a whole number of 64 bits. */
export const nanoseconds = (time: Microseconds): bigint => BigInt(time) * 1000n;

/** Returns the nanoseconds as a decimal number, which no rounding changes. */
export function nanosecondText(time: Microseconds): string {
  return time === 0 ? '0' : `${time}000`;
}
