import { ByteWriter } from './byte-writer.ts';

const NEW_LINE = '\n';
/** Bytes of a line, more or less. */
const USUAL_LINE = 64;

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
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #values: Float64Array;
  /** Where the number of each line begins, and where the line ends. */
  readonly #numbers: Uint32Array;
  readonly #ends: Uint32Array;

  /**
   * @param values the numbers; not to be changed afterwards
   * @param first the number of the first line
   * @param before the same lines with other numbers
   */
  constructor(values: Float64Array, format: LineFormat, first: number, before?: LineChunk) {
    this.#values = values;
    this.#numbers = new Uint32Array(values.length);
    this.#ends = new Uint32Array(values.length);
    this.bytes = before ? this.#update(before, format) : this.#write(first, format);
  }

  /**
   * The same lines with other numbers.
   * @param format asked for each time: one that is kept would keep the snapshot it was made for
   */
  with(values: Float64Array, format: LineFormat): LineChunk {
    return this.#has(values) ? this : new LineChunk(values, format, 0, this);
  }

  #has(values: Float64Array): boolean {
    const own = this.#values;
    // Not `every`, which takes ten times as long.
    for (let line = 0; line < own.length; line++) if (values[line] !== own[line]) return false;
    return true;
  }

  #write(first: number, format: LineFormat): Uint8Array<ArrayBuffer> {
    const to = new ByteWriter(this.#values.length * USUAL_LINE);
    for (let line = 0; line < this.#values.length; line++) {
      to.text(format.prefix(first + line));
      this.#number(to, line, format);
    }
    // It is kept, and what was reserved in vain need not be.
    return to.end().slice();
  }

  #update(before: LineChunk, format: LineFormat): Uint8Array<ArrayBuffer> {
    const to = new ByteWriter(before.bytes.length + USUAL_LINE);
    const values = this.#values;
    const known = before.#values;
    const numbers = before.#numbers;
    const ends = before.#ends;
    let copied = 0;
    let moved = 0;
    for (let line = 0; line < values.length; line++) {
      const number = numbers[line];
      const end = ends[line];
      if (values[line] === known[line]) {
        this.#numbers[line] = number + moved;
        this.#ends[line] = end + moved;
      } else {
        to.copy(before.bytes, copied, number);
        this.#number(to, line, format);
        copied = end;
        moved = to.length - end;
      }
    }
    to.copy(before.bytes, copied, before.bytes.length);
    return to.end();
  }

  #number(to: ByteWriter, line: number, format: LineFormat): void {
    this.#numbers[line] = to.length;
    to.number(this.#values[line], format.number);
    to.text(NEW_LINE);
    this.#ends[line] = to.length;
  }
}
