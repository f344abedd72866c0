import { ByteWriter } from './byte-writer.ts';
import { type Chunk, copyOf, type MakeChunk, replacementOf } from './chunk.ts';
import { LineChunk, type NotedLineFormat } from './line-chunk.ts';

const NEW_LINE = '\n';
/** Lines are written here first, and copied once it is known how long they are. */
const draft = new ByteWriter(65_536);

/** Does what `LineChunk` does, for lines that may have notes or be left out. It takes longer for each line. */
class NotedLineChunk implements Chunk<NotedLineFormat> {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #first: number;
  readonly #values: Float64Array;
  /** Where the number of each line begins. A line that is left out begins where it ends. */
  readonly #numbers: Uint32Array;
  readonly #ends: Uint32Array;
  /** What the notes are about; absent if no line ever had one. */
  #notes: (object | undefined)[] | undefined;

  /**
   * @param values the numbers
   * @param first the number of the first line
   */
  constructor(values: Float64Array, format: NotedLineFormat, first: number) {
    this.#first = first;
    this.#values = values.slice();
    this.#numbers = new Uint32Array(values.length);
    this.#ends = new Uint32Array(values.length);
    draft.clear();
    for (let line = 0; line < values.length; line++) this.#write(line, values[line]!, format);
    this.#bytes = copyOf(draft.bytes);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /**
   * Writes other numbers into the same lines.
   * @param format is passed each time: if it were kept, it would keep the snapshot that it was made for
   * @param inPlace whether nobody reads the present bytes any more
   */
  update(values: Float64Array, format: NotedLineFormat, inPlace: boolean): void {
    if (this.#has(values, format) || (inPlace && this.#overwrite(values, format))) return;
    this.#rewrite(values, format);
    this.#bytes = replacementOf(this.#bytes, draft.bytes, inPlace);
  }

  #has(values: Float64Array, format: NotedLineFormat): boolean {
    const own = this.#values;
    // `every` would take ten times as long.
    for (let line = 0; line < own.length; line++) if (values[line] !== own[line]) return false;
    if (!format.note && !this.#notes) return true;
    for (let line = 0; line < own.length; line++) if (!this.#hasNote(line, format)) return false;
    return true;
  }

  #hasNote(line: number, format: NotedLineFormat): boolean {
    return format.note?.(this.#first + line) === this.#notes?.[line];
  }

  #isLeftOut(line: number): boolean {
    return this.#numbers[line] === this.#ends[line];
  }

  /**
   * Writes the numbers in place, up to the first one whose length differs. Returns whether there was none.
   */
  #overwrite(values: Float64Array, format: NotedLineFormat): boolean {
    const known = this.#values;
    const numbers = this.#numbers;
    const ends = this.#ends;
    const hasNotes = format.note !== undefined || this.#notes !== undefined;
    for (let line = 0; line < values.length; line++) {
      const value = values[line]!;
      if (value === known[line] && (!hasNotes || this.#hasNote(line, format))) continue;
      const isLeftOut = format.isLeftOut?.(this.#first + line, value) ?? false;
      if (isLeftOut !== this.#isLeftOut(line)) return false;
      draft.clear();
      if (!isLeftOut) {
        this.#end(line, value, format);
        if (draft.length !== ends[line]! - numbers[line]!) return false;
        draft.copyTo(this.#bytes, numbers[line]!);
      }
      this.#know(line, value, format);
    }
    return true;
  }

  #rewrite(values: Float64Array, format: NotedLineFormat): void {
    const before = this.#bytes;
    const known = this.#values;
    const numbers = this.#numbers;
    const ends = this.#ends;
    const hasNotes = format.note !== undefined || this.#notes !== undefined;
    let copied = 0;
    let moved = 0;
    let start = 0;
    draft.clear();
    for (let line = 0; line < values.length; line++) {
      const number = numbers[line]!;
      const end = ends[line]!;
      const value = values[line]!;
      if (value === known[line] && (!hasNotes || this.#hasNote(line, format))) {
        numbers[line] = number + moved;
        ends[line] = end + moved;
      } else {
        // The text before the number is copied, unless the line was left out before, or is now.
        const hasText = number < end && !format.isLeftOut?.(this.#first + line, value);
        draft.copy(before, copied, hasText ? number : start);
        if (hasText) this.#number(line, value, format);
        else this.#write(line, value, format);
        copied = end;
        moved = draft.length - end;
      }
      start = end;
    }
    draft.copy(before, copied, before.length);
  }

  /** Writes a whole line, or nothing if it is left out. */
  #write(line: number, value: number, format: NotedLineFormat): void {
    if (format.isLeftOut?.(this.#first + line, value)) {
      this.#numbers[line] = draft.length;
      this.#ends[line] = draft.length;
      this.#know(line, value, format);
    } else {
      draft.text(format.prefix(this.#first + line));
      this.#number(line, value, format);
    }
  }

  #number(line: number, value: number, format: NotedLineFormat): void {
    this.#numbers[line] = draft.length;
    this.#end(line, value, format);
    this.#ends[line] = draft.length;
    this.#know(line, value, format);
  }

  #end(line: number, value: number, format: NotedLineFormat): void {
    draft.number(value, format.number);
    if (format.noteText) draft.text(format.noteText(this.#first + line));
    draft.text(NEW_LINE);
  }

  #know(line: number, value: number, format: NotedLineFormat): void {
    this.#values[line] = value;
    const note = format.note?.(this.#first + line);
    if (!note && !this.#notes) return;
    this.#notes ??= [];
    this.#notes[line] = note;
  }
}

/** Makes the chunk that suits lines of that format. */
export const lineChunk: MakeChunk<NotedLineFormat> = (values, format, first) =>
  format.note || format.isLeftOut
    ? new NotedLineChunk(values, format, first)
    : new LineChunk(values, format, first);
