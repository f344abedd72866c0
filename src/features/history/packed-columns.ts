import { offsetsOf, readOffsets, writeOffsets } from './float-offsets.ts';

/**
 * How the numbers of a column are written. Whole numbers are offsets from the least of them. What is none of these is
 * a form that says how many bytes the offset of a float has: 5, 6 or 7.
 */
const RAW = 0;
const CONSTANT = 1;
const BYTES = 2;
const SHORTS = 3;
const WORDS = 4;
const FLOATS = [5, 6, 7];
/**
 * Of which unit the numbers of one of the last three are whole ones: those with up to three decimals are kept as
 * thousandths, those with up to six as millionths. Its number stands above the bits of the form.
 */
const UNITS = [1, 1000, 1_000_000];
const FORM_BITS = 3;
const FORM_MASK = 2 ** FORM_BITS - 1;

/** By form: how many bytes a number takes, and what a column of them begins at a multiple of. */
const WIDTHS: readonly number[] = [8, 0, 1, 2, 4, ...FLOATS];
const ALIGNMENT: readonly number[] = [8, 1, 1, 2, 4, 1, 1, 1];
const CODES = [
  RAW,
  CONSTANT,
  ...FLOATS,
  ...UNITS.flatMap((_, unit) => [BYTES, SHORTS, WORDS].map((form) => form | (unit << FORM_BITS))),
];
/** Beyond it, a number and its neighbours cannot be told apart after a division. */
const LARGEST = 2 ** 51;

/** Columns of numbers that are written once, in little memory, and can be read from anywhere in them. */
export class PackedColumns {
  readonly #codes: Uint8Array;
  readonly #bases: Float64Array;
  /** Where each column begins, in bytes. */
  readonly #offsets: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #shorts: Uint16Array;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #view: DataView;

  private constructor(
    codes: Uint8Array,
    bases: Float64Array,
    offsets: Uint32Array,
    bytes: ArrayBuffer,
  ) {
    this.#codes = codes;
    this.#bases = bases;
    this.#offsets = offsets;
    this.#bytes = new Uint8Array(bytes);
    this.#shorts = new Uint16Array(bytes);
    this.#words = new Uint32Array(bytes);
    this.#floats = new Float64Array(bytes);
    this.#view = new DataView(bytes);
  }

  /**
   * @param data the columns, one after the other, each in `width` numbers
   * @param lengths how many numbers of each column count
   */
  static of(data: Float64Array, width: number, lengths: ArrayLike<number>): PackedColumns {
    const columns = lengths.length;
    const codes = new Uint8Array(columns);
    const bases = new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      const start = column * width;
      [codes[column], bases[column]] = formOf(data, start, start + lengths[column]!);
    }
    const { offsets, size } = layout(codes, lengths);
    const packed = new PackedColumns(codes, bases, offsets, new ArrayBuffer(size));
    for (let column = 0; column < columns; column++) {
      packed.#write(data, column * width, lengths[column]!, column);
    }
    return packed;
  }

  /**
   * Reads what `pieces` has written.
   * @throws RangeError if that cannot have been written
   */
  static from(bytes: Uint8Array, lengths: ArrayLike<number>): PackedColumns {
    const columns = lengths.length;
    const head = 9 * columns;
    // Not `slice`: what Node reads from files has another method of that name, which copies nothing.
    const copy = (from: number, to: number) => new Uint8Array(bytes.subarray(from, to));
    if (bytes.length < head) throw new RangeError('it is not whole');
    const codes = copy(8 * columns, head);
    const bases = new Float64Array(copy(0, 8 * columns).buffer);
    if (codes.some((code) => !CODES.includes(code))) throw new RangeError('a form is unknown');
    const { offsets, size } = layout(codes, lengths);
    const content = copy(head, bytes.length);
    if (content.length !== size) throw new RangeError('it is not whole');
    return new PackedColumns(codes, bases, offsets, content.buffer);
  }

  /** The bytes from which `from` makes the same columns, if it knows their lengths. */
  get pieces(): readonly Uint8Array<ArrayBuffer>[] {
    const bases = new Uint8Array(this.#bases.buffer as ArrayBuffer);
    return [bases, this.#codes as Uint8Array<ArrayBuffer>, this.#bytes as Uint8Array<ArrayBuffer>];
  }

  /** How many bytes of memory it takes. */
  get size(): number {
    return this.#bytes.length + 13 * this.#codes.length + 600;
  }

  /** Writes the numbers of a column from number `from` up to `to` into `out`. */
  read(column: number, from: number, to: number, out: Float64Array, at: number): void {
    const code = this.#codes[column]!;
    const base = this.#bases[column]!;
    const form = code & FORM_MASK;
    if (form === CONSTANT) {
      out.fill(base, at, at + to - from);
      return;
    }
    const width = WIDTHS[form]!;
    if (form > WORDS) {
      const first = this.#offsets[column]! + from * width;
      readOffsets(this.#view, first, to - from, width, base, out, at);
      return;
    }
    const start = this.#offsets[column]! / width;
    if (form === RAW) {
      for (let i = start + from, end = start + to; i < end; i++) out[at++] = this.#floats[i]!;
      return;
    }
    const offsets = form === BYTES ? this.#bytes : form === SHORTS ? this.#shorts : this.#words;
    const unit = UNITS[code >> FORM_BITS]!;
    for (let i = start + from, end = start + to; i < end; i++)
      out[at++] = (base + offsets[i]!) / unit;
  }

  #write(data: Float64Array, start: number, length: number, column: number): void {
    const code = this.#codes[column]!;
    const form = code & FORM_MASK;
    const base = this.#bases[column]!;
    if (form === CONSTANT) return;
    let at = this.#offsets[column]!;
    if (form > WORDS) {
      writeOffsets(data, start, start + length, this.#view, at, WIDTHS[form]!, base);
      return;
    }
    at /= WIDTHS[form]!;
    if (form === RAW) {
      this.#floats.set(data.subarray(start, start + length), at);
      return;
    }
    const offsets = form === BYTES ? this.#bytes : form === SHORTS ? this.#shorts : this.#words;
    const unit = UNITS[code >> FORM_BITS]!;
    for (let i = start; i < start + length; i++) offsets[at++] = Math.round(data[i]! * unit) - base;
  }
}

/** Returns the form of a column that takes least, and its base. */
function formOf(data: Float64Array, start: number, end: number): [code: number, base: number] {
  const first = data[start]!;
  let i = start;
  while (i < end && Object.is(data[i], first)) i++;
  if (i === end) return [CONSTANT, i === start ? 0 : first];
  for (const [number, unit] of UNITS.entries()) {
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
    if (range >= 2 ** 32 || least < -LARGEST || most > LARGEST) break;
    const form = range < 2 ** 8 ? BYTES : range < 2 ** 16 ? SHORTS : WORDS;
    return [form | (number << FORM_BITS), least];
  }
  return offsetsOf(data, start, end) ?? [RAW, 0];
}

/** Returns where each column begins, and how many bytes all take. */
function layout(codes: Uint8Array, lengths: ArrayLike<number>) {
  const offsets = new Uint32Array(codes.length);
  let size = 0;
  for (let column = 0; column < codes.length; column++) {
    const form = codes[column]! & FORM_MASK;
    const alignment = ALIGNMENT[form]!;
    size = Math.ceil(size / alignment) * alignment;
    offsets[column] = size;
    size += lengths[column]! * WIDTHS[form]!;
  }
  return { offsets, size: Math.ceil(size / 8) * 8 };
}
