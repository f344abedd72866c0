import { ByteWriter } from './byte-writer.ts';

/** How a field is encoded: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

/** A varint has 7 bits in each byte. All bytes but the last have this bit. */
const MORE = 128;
const MOST_BITS = 0x7fff_ffff;

const double = new DataView(new ArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
const doubleBytes = new Uint8Array(double.buffer);

/** Writes Protocol Buffers. Fields are written in the order of the calls. */
export class MessageWriter extends ByteWriter {
  /** Writes a whole number from 0 to 2^53 - 1. Of any other number it writes the nearest of these. */
  varint(value: number): void {
    let rest = value > 0 ? Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER) : 0;
    // Engines keep numbers of 32 bits as such, and shift them much faster than they divide.
    for (; rest > MOST_BITS; rest = Math.floor(rest / MORE)) this.byte((rest % MORE) + MORE);
    let bits = rest | 0;
    for (; bits >= MORE; bits >>= 7) this.byte((bits & (MORE - 1)) | MORE);
    this.byte(bits);
  }

  /** Writes a whole number that may be negative, as `sint32` and `sint64` have it. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  whole(field: number, value: number): void {
    this.varint(field * 8 + VARINT);
    this.varint(value);
  }

  signed(field: number, value: number): void {
    this.varint(field * 8 + VARINT);
    this.zigzag(value);
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + FIXED64);
    double.setFloat64(0, value, true);
    this.few(doubleBytes);
  }

  /** Writes a double of which not only the value counts: there are many that are NaN. */
  bits(field: number, bits: bigint): void {
    this.varint(field * 8 + FIXED64);
    double.setBigUint64(0, bits, true);
    this.few(doubleBytes);
  }

  /** @param text must be well-formed */
  string(field: number, text: string): void {
    const start = this.open(field);
    this.text(text);
    this.close(start);
  }

  /** Begins a nested message, or anything else with its length before it. Returns what `close` needs. */
  open(field: number): number {
    this.varint(field * 8 + LENGTH);
    // Most lengths take one byte.
    this.byte(0);
    return this.length;
  }

  /** Ends what was begun last and has not been ended. */
  close(start: number): void {
    let rest = this.length - start;
    if (rest >= MORE) {
      let more = 0;
      for (let above = rest; above >= MORE; above = Math.floor(above / MORE)) more++;
      this.insert(start, more);
    }
    let at = start - 1;
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) this.set(at++, (rest % MORE) + MORE);
    this.set(at, rest);
  }
}
