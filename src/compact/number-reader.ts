import { DOUBLE, MOST_DECIMALS } from './numbers.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** A larger factor would make whole numbers that are not exact. */
const MOST_FACTOR = 2 ** 49;

/** Reads what `numbers.ts` and `form.ts` describe. Each method throws an error if the bytes do not hold it. */
export class NumberReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the end comes too early');
    return byte;
  }

  /** Reads a whole number from 0 on. */
  whole(): number {
    const first = this.byte();
    if (first < 128) return first;
    let value = first - 128;
    for (let factor = 128; factor <= MOST_FACTOR; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new RangeError('a number that is too large');
  }

  /** Reads a whole number that may be negative. */
  signed(): number {
    const value = this.whole();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  number(): number {
    const code = this.whole();
    if (code % 2 === 0) return code / 2;
    if (code === DOUBLE) {
      const at = this.#at;
      this.#at += 8;
      return this.#view.getFloat64(at, true);
    }
    const decimals = (code - 1) / 2;
    if (decimals > MOST_DECIMALS) throw new RangeError('a number of another form');
    return this.whole() / 10 ** decimals;
  }

  /** Reads counts of which many may be 0. */
  counts(length: number): number[] {
    const counts: number[] = [];
    while (counts.length < length) {
      const code = this.whole();
      if (code % 2 === 0) counts.push(code / 2);
      else {
        const zeros = (code + 1) / 2;
        if (zeros > length - counts.length) throw new RangeError('more counts than there are');
        for (let i = 0; i < zeros; i++) counts.push(0);
      }
    }
    return counts;
  }

  /** Reads a text. If it has more bytes than `longest` it is skipped. */
  text(longest: number): string | undefined {
    const length = this.whole();
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('a text behind the end');
    return length > longest ? undefined : decoder.decode(this.#bytes.subarray(from, this.#at));
  }

  /** Reads how long a list is. Each item takes a byte at least. */
  length(most: number): number {
    const length = this.whole();
    if (length > most || length > this.#bytes.length - this.#at) {
      throw new RangeError('a list that is too long');
    }
    return length;
  }

  list<T>(most: number, item: () => T): T[] {
    const length = this.length(most);
    const list: T[] = [];
    for (let i = 0; i < length; i++) list.push(item());
    return list;
  }
}
