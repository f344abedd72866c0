const encoder = new TextEncoder();
const ASCII_END = 128;
const DIGIT_0 = 48;
/** How many bytes of memory are kept for the next text. */
const MAX_KEPT = 1_048_576;
/** More bytes than any number takes. */
const NUMBER_LENGTH = 32;

/** Writes text in UTF-8, piece by piece. */
export class ByteWriter {
  length = 0;
  #bytes: Uint8Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** @param text must be well-formed */
  text(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= ASCII_END) {
        this.length = at;
        this.#encode(text.slice(i));
        return;
      }
      bytes[at++] = code;
    }
    this.length = at;
  }

  /** @param format how a number is written unless it is small and whole */
  number(value: number, format: (value: number) => string): void {
    // Most numbers are small and whole. Writing their digits takes a sixth of the time that a string takes.
    if (value >>> 0 === value) this.#digits(value);
    else this.text(format(value));
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  /** Copies byte by byte: this is for little. */
  few(from: Uint8Array): void {
    this.#reserve(from.length);
    const bytes = this.#bytes;
    const at = this.length;
    for (let i = 0; i < from.length; i++) bytes[at + i] = from[i]!;
    this.length = at + from.length;
  }

  /** Replaces a byte that was written. */
  set(at: number, value: number): void {
    this.#bytes[at] = value;
  }

  /** Makes room for some bytes before what begins at `at`. */
  insert(at: number, count: number): void {
    this.#reserve(count);
    this.#bytes.copyWithin(at + count, at, this.length);
    this.length += count;
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    // Even for 40 bytes this is faster than a loop.
    this.#bytes.set(from.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Copies byte by byte: this is for little. */
  copyTo(target: Uint8Array, start: number): void {
    const bytes = this.#bytes;
    for (let i = 0; i < this.length; i++) target[start + i] = bytes[i]!;
  }

  /** What was written. It is valid until something else is written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    if (this.#bytes.length > MAX_KEPT) this.#bytes = new Uint8Array(MAX_KEPT);
  }

  #digits(value: number): void {
    this.#reserve(NUMBER_LENGTH);
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    const bytes = this.#bytes;
    const start = this.length;
    let rest = value;
    for (let at = start + count - 1; at >= start; at--) {
      const tens = Math.floor(rest / 10);
      bytes[at] = DIGIT_0 + rest - tens * 10;
      rest = tens;
    }
    this.length = start + count;
  }

  #encode(text: string): void {
    const encoded = encoder.encode(text);
    this.copy(encoded, 0, encoded.length);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
