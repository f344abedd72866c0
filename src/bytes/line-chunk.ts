import { ByteWriter } from './byte-writer.ts';
import { type Chunk, copyOf, replacementOf } from './chunk.ts';

const NEW_LINE = '\n';

/** Lines are written here first, and copied once it is known how long they are. */
const draft = new ByteWriter(65_536);

/** The content of a line: a text, and then a number. */
export interface LineFormat {
  prefix(line: number): string;
  number(value: number): string;
}

/** Lines that may have notes, or be left out. */
export interface NotedLineFormat extends LineFormat {
  /** Whether there is no such line, because of its number. Absent if there always is. */
  readonly isLeftOut?: ((line: number, value: number) => boolean) | undefined;
  /** Returns what the note of a line is about. It is the same object as long as the note is the same. */
  readonly note?: ((line: number) => object | undefined) | undefined;
  /** Returns the note that follows the number of a line; empty if it has none. */
  readonly noteText?: ((line: number) => string) | undefined;
}

/**
 * Lines that each end in a number, as bytes. From one rendering to the next few lines change, and of those
 * only the number. The rest is copied, and if nothing has changed not even that.
 */
export class LineChunk implements Chunk<NotedLineFormat> {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #values: Float64Array;
  /** Where the number of each line begins. */
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

  fits({ isLeftOut, note }: NotedLineFormat): boolean {
    return !isLeftOut && !note;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /**
   * Writes other numbers into the same lines.
   * @param format is passed each time: if it were kept, it would keep the snapshot that it was made for
   * @param inPlace whether nobody reads the present bytes any more
   */
  update(values: Float64Array, format: LineFormat, inPlace: boolean): void {
    if (this.#has(values) || (inPlace && this.#overwrite(values, format))) return;
    this.#rewrite(values, format);
    this.#bytes = replacementOf(this.#bytes, draft.bytes, inPlace);
  }

  #has(values: Float64Array): boolean {
    const own = this.#values;
    // `every` would take ten times as long.
    for (let line = 0; line < own.length; line++) if (values[line] !== own[line]) return false;
    return true;
  }

  /**
   * Writes the numbers in place, up to the first one whose length differs. Returns whether there was none.
   */
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
