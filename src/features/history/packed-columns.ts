/** How the numbers of a column are written. Whole numbers are offsets from the least of them. */
const RAW = 0;
const CONSTANT = 1;
const BYTES = 2;
const SHORTS = 3;
const WORDS = 4;
/** Set beside one of the last three: the numbers have up to three decimals, and are kept as thousandths. */
const THOUSANDTHS = 8;

const WIDTHS: readonly number[] = [8, 0, 1, 2, 4];
/** Beyond it, a number and its neighbours cannot be told apart after a division. */
const LARGEST = 2 ** 51;

/** Columns of numbers that are written once, in little memory, and can be read from anywhere in them. */
export class PackedColumns {
  readonly #codes: Uint8Array;
  readonly #bases: Float64Array;
  readonly #offsets: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #shorts: Uint16Array;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;

  /**
   * @param data the columns, one after the other, each in `width` numbers
   * @param lengths how many numbers of each column count
   */
  constructor(data: Float64Array, width: number, lengths: ArrayLike<number>) {
    const columns = lengths.length;
    this.#codes = new Uint8Array(columns);
    this.#bases = new Float64Array(columns);
    this.#offsets = new Uint32Array(columns);
    let size = 0;
    for (let column = 0; column < columns; column++) {
      const length = lengths[column]!;
      const code = this.#choose(data, column * width, length, column);
      const bytes = WIDTHS[code & 7]!;
      this.#codes[column] = code;
      if (bytes > 0) size = Math.ceil(size / bytes) * bytes;
      this.#offsets[column] = size;
      size += length * bytes;
    }
    const buffer = new ArrayBuffer(Math.ceil(size / 8) * 8);
    this.#bytes = new Uint8Array(buffer);
    this.#shorts = new Uint16Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#floats = new Float64Array(buffer);
    for (let column = 0; column < columns; column++) {
      this.#write(data, column * width, lengths[column]!, column);
    }
  }

  /** How many bytes of memory it takes. */
  get size(): number {
    return this.#bytes.length + 13 * this.#codes.length + 600;
  }

  /** Writes the numbers of a column from number `from` up to `to` into `out`. */
  read(column: number, from: number, to: number, out: Float64Array, at: number): void {
    const code = this.#codes[column]!;
    const base = this.#bases[column]!;
    const form = code & 7;
    if (form === CONSTANT) {
      out.fill(base, at, at + to - from);
      return;
    }
    const start = this.#offsets[column]! / WIDTHS[form]!;
    if (form === RAW) {
      for (let i = start + from, end = start + to; i < end; i++) out[at++] = this.#floats[i]!;
      return;
    }
    const offsets = form === BYTES ? this.#bytes : form === SHORTS ? this.#shorts : this.#words;
    const unit = code & THOUSANDTHS ? 1000 : 1;
    for (let i = start + from, end = start + to; i < end; i++)
      out[at++] = (base + offsets[i]!) / unit;
  }

  /** Returns the form that takes least, and notes the base. */
  #choose(data: Float64Array, start: number, length: number, column: number): number {
    const first = data[start]!;
    const end = start + length;
    let i = start;
    while (i < end && Object.is(data[i], first)) i++;
    if (i === end) {
      this.#bases[column] = first;
      return CONSTANT;
    }
    for (const unit of [1, 1000]) {
      let least = Infinity;
      let most = -Infinity;
      for (i = start; i < end; i++) {
        const value = data[i]!;
        const whole = Math.round(value * unit);
        // What has too many decimals, NaN, infinities and -0 are kept as they are.
        if (whole / unit !== value || Object.is(value, -0)) break;
        if (whole < least) least = whole;
        if (whole > most) most = whole;
      }
      if (i < end) continue;
      const range = most - least;
      if (range >= 2 ** 32 || least < -LARGEST || most > LARGEST) return RAW;
      this.#bases[column] = least;
      const form = range < 2 ** 8 ? BYTES : range < 2 ** 16 ? SHORTS : WORDS;
      return unit === 1 ? form : form | THOUSANDTHS;
    }
    return RAW;
  }

  #write(data: Float64Array, start: number, length: number, column: number): void {
    const code = this.#codes[column]!;
    const form = code & 7;
    if (form === CONSTANT) return;
    let at = this.#offsets[column]! / WIDTHS[form]!;
    if (form === RAW) {
      this.#floats.set(data.subarray(start, start + length), at);
      return;
    }
    const offsets = form === BYTES ? this.#bytes : form === SHORTS ? this.#shorts : this.#words;
    const base = this.#bases[column]!;
    const unit = code & THOUSANDTHS ? 1000 : 1;
    for (let i = start; i < start + length; i++) offsets[at++] = Math.round(data[i]! * unit) - base;
  }
}
