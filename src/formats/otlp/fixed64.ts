import type { MessageWriter } from '../../bytes/message-writer.ts';
import type { Microseconds } from './times.ts';

const HALF = 2 ** 32;

const bytes = new Uint8Array(8);
const view = new DataView(bytes.buffer);

/** Returns the nearest of the whole numbers from 0 to 2^53 - 1, as `MessageWriter` writes others. */
export function whole(value: number): number {
  return value > 0 ? Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER) : 0;
}

/** Writes a whole number in 8 bytes, the lowest first. */
export function writeFixed(count: number, to: MessageWriter): void {
  if (count >>> 0 === count) {
    view.setUint32(0, count, true);
    view.setUint32(4, 0, true);
  } else {
    const value = whole(count);
    view.setUint32(0, value % HALF, true);
    view.setUint32(4, value / HALF, true);
  }
  to.few(bytes);
}

/** Writes the field of a time in nanoseconds; nothing if the time is not known. */
export function writeNanoseconds(tag: number, time: Microseconds, to: MessageWriter): void {
  if (time === 0) return;
  to.byte(tag);
  // In two halves, since the whole has more digits than a number.
  const low = (time % HALF) * 1000;
  view.setUint32(0, low % HALF, true);
  view.setUint32(4, Math.floor(time / HALF) * 1000 + Math.floor(low / HALF), true);
  to.few(bytes);
}

export function writeDouble(value: number, to: MessageWriter): void {
  view.setFloat64(0, value, true);
  to.few(bytes);
}

/** Writes a whole number that may be negative in 8 bytes; 0 for what is no number. */
export function writeInteger(value: number, to: MessageWriter): void {
  view.setBigInt64(0, integer(value), true);
  to.few(bytes);
}

const MOST = 2 ** 63 - 1024;

/** Returns a number without its fraction, or the nearest one that fits 64 bits; 0 if it is NaN. */
export const integer = (value: number): bigint =>
  BigInt(Math.trunc(Math.max(-MOST, Math.min(MOST, value))) || 0);
