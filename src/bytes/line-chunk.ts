import { ByteWriter } from './byte-writer.ts';

const NEW_LINE = '\n';
/** Of its bytes so many more than it needs, for numbers that get longer: one in so many. */
const SLACK = 16;

/** Lines are put together here, and copied once it is known how long they are. */
const draft = new ByteWriter(65_536);

/** What stands in a line: a text, and then a number. */
export interface LineFormat {
  prefix(line: number): string;
  number(value: number): string;
}

/**
 * Lines that end in a number each, as bytes. From one time to the next few of them change, and of
 * those that do only the number: the rest is copied, and where nothing has changed not even that.
 */
export class LineChunk {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #values: Float64Array;
  /** Where the number of each line begins, and where the line ends. */
  readonly #numbers: Uint32Array;
  readonly #ends: Uint32Array;

  /**
   * @param values the numbers
   * @param first the number of the first line
   */
  constructor(values: Float64Array, format: LineFormat, first: number) {
    this.#values = values.slice();
    this.#numbers = new Uint32Array(values.length);
    this.#ends = new Uint32Array(values.length);
    draft.clear();
    for (let line = 0; line < values.length; line++) {
      draft.text(format.prefix(first + line));
      this.#number(line, format);
    }
    this.#bytes = copyOf(draft.bytes);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /**
   * The same lines with other numbers.
   * @param format asked for each time: one that is kept would keep the snapshot it was made for
   * @param inPlace whether nobody reads the bytes that there are any more
   */
  update(values: Float64Array, format: LineFormat, inPlace: boolean): void {
    if (this.#has(values) || (inPlace && this.#overwrite(values, format))) return;
    this.#rewrite(values, format);
    const { bytes } = draft;
    const { buffer } = this.#bytes;
    if (inPlace && bytes.length <= buffer.byteLength) {
      this.#bytes = new Uint8Array(buffer, 0, bytes.length);
      this.#bytes.set(bytes);
    } else {
      this.#bytes = copyOf(bytes);
    }
  }

  #has(values: Float64Array): boolean {
    const own = this.#values;
    // Not `every`, which takes ten times as long.
    for (let line = 0; line < own.length; line++) if (values[line] !== own[line]) return false;
    return true;
  }

  /** Up to the first number that is not as long as the one in its place; whether there was none. */
  #overwrite(values: Float64Array, format: LineFormat): boolean {
    const known = this.#values;
    const numbers = this.#numbers;
    const ends = this.#ends;
    for (let line = 0; line < values.length; line++) {
      const value = values[line]!;
      if (value === known[line]) continue;
      draft.clear();
      draft.number(value, format.number);
      if (draft.length + NEW_LINE.length !== ends[line]! - numbers[line]!) return false;
      draft.copyTo(this.#bytes, numbers[line]!);
      known[line] = value;
    }
    return true;
  }

  #rewrite(values: Float64Array, format: LineFormat): void {
    const before = this.#bytes;
    const known = this.#values;
    const numbers = this.#numbers;
    const ends = this.#ends;
    let copied = 0;
    let moved = 0;
    draft.clear();
    for (let line = 0; line < values.length; line++) {
      const number = numbers[line]!;
      const end = ends[line]!;
      const value = values[line]!;
      if (value === known[line]) {
        numbers[line] = number + moved;
        ends[line] = end + moved;
      } else {
        draft.copy(before, copied, number);
        known[line] = value;
        this.#number(line, format);
        copied = end;
        moved = draft.length - end;
      }
    }
    draft.copy(before, copied, before.length);
  }

  #number(line: number, format: LineFormat): void {
    this.#numbers[line] = draft.length;
    draft.number(this.#values[line]!, format.number);
    draft.text(NEW_LINE);
    this.#ends[line] = draft.length;
  }
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  const copy = new Uint8Array(new ArrayBuffer(length + Math.ceil(length / SLACK)), 0, length);
  copy.set(bytes);
  return copy;
}
