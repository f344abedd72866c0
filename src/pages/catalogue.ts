import type { FamilyDefinition } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import { currentTime } from '../platform/timers.ts';
import {
  FIRST_SEGMENT_WORDS,
  familyWord,
  headOf,
  LARGEST_SEGMENT_WORDS,
  MAX_TEXTS,
  RECORD_FAMILY,
  RECORD_FAMILY_REMOVED,
  RECORD_SERIES,
  RECORD_SERIES_ERASED,
  RECORD_SERIES_EXPIRED,
  RECORD_SERIES_MOVED,
  RECORD_SERIES_REMOVED,
  RECORD_TEXT,
  RECORD_TEXTS_FORGOTTEN,
  RECORD_TIME,
  SEGMENT_FILLED,
  SEGMENT_RECORDS,
  WORD_BYTES,
} from './journal-layout.ts';
import type { PageBuffer } from './layout.ts';
import type { CatalogueVisitor } from './thread-reader.ts';

/** Appends to the journal which block of cells belongs to which series. */
export class CatalogueWriter implements CatalogueVisitor {
  readonly #allocate: (bytes: number) => PageBuffer;
  readonly #onSegment: (buffer: PageBuffer) => void;
  #words: Int32Array = new Int32Array(0);
  #end = 0;
  /** When the series that are told of next began to count; seconds since 1970. */
  #time: number;
  #now: number;
  #toldTime = Number.NaN;
  /** The texts that this journal holds: a label value is written once for many series. */
  readonly #texts = new Map<string, number>();
  /** The numbers of the texts of the record that is being written. */
  readonly #numbers: number[] = [];

  constructor(allocate: (bytes: number) => PageBuffer, onSegment: (buffer: PageBuffer) => void) {
    this.#allocate = allocate;
    this.#onSegment = onSegment;
    this.#now = currentTime() / 1000;
    this.#time = this.#now;
  }

  time(seconds = this.#now): void {
    this.#time = seconds;
  }

  /** Twice a second is enough, and saves looking at a clock for each series. */
  tick(seconds: number): void {
    if (this.#time === this.#now) this.#time = seconds;
    this.#now = seconds;
  }

  family(id: number, definition: FamilyDefinition, collects: boolean): void {
    this.#record(RECORD_FAMILY, id, 0, [jsonText(definition)], collects);
  }

  series(family: number, address: number, labelValues: readonly string[], overflow: boolean): void {
    if (this.#time !== this.#toldTime) this.#tellTime();
    this.#record(RECORD_SERIES, family, address, labelValues, overflow);
  }

  seriesErased(family: number, labelValues: readonly string[], erasure: number): void {
    this.#record(RECORD_SERIES_ERASED, family, erasure, labelValues, false);
  }

  seriesRemoved(
    family: number,
    address: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    this.#record(RECORD_SERIES_REMOVED, family, address, labelValues, overflow);
  }

  seriesExpired(family: number, address: number, labelValues: readonly string[]): void {
    this.#record(RECORD_SERIES_EXPIRED, family, address, labelValues, false);
  }

  seriesMoved(
    family: number,
    from: number,
    to: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    this.#record(RECORD_SERIES_MOVED, family, to, labelValues, overflow, from);
  }

  familyRemoved(id: number, erased: boolean, erasure: number): void {
    this.#record(RECORD_FAMILY_REMOVED, id, erasure, [], erased);
  }

  #record(
    kind: number,
    family: number,
    address: number,
    texts: readonly string[],
    flag: boolean,
    from?: number,
  ): void {
    // A thread whose label values never repeat must not keep each of them.
    if (this.#texts.size >= MAX_TEXTS) {
      this.#texts.clear();
      this.#begin(RECORD_TEXTS_FORGOTTEN, 0);
    }
    const numbers = this.#numbers;
    const count = texts.length;
    for (let i = 0; i < count; i++) numbers[i] = this.#number(texts[i]!);
    const fields = from === undefined ? 2 : 3;
    const at = this.#begin(kind, fields + count);
    const words = this.#words;
    words[at] = familyWord(family, flag);
    words[at + 1] = address;
    if (from !== undefined) words[at + 2] = from;
    for (let i = 0; i < count; i++) words[at + fields + i] = numbers[i]!;
    // RACE: a reader acts on words below the mark only; the sequentially consistent store orders
    // the record, and the zeroed cells that it names, before it.
    Atomics.store(words, SEGMENT_FILLED, this.#end);
  }

  #tellTime(): void {
    this.#toldTime = this.#time;
    const at = this.#begin(RECORD_TIME, 2);
    this.#words.set(new Int32Array(Float64Array.of(this.#time).buffer), at);
  }

  /** Returns the number of a text. Writes the text first if the journal does not hold it yet. */
  #number(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.size;
    this.#texts.set(text, number);
    const at = this.#begin(RECORD_TEXT, 1 + ((text.length + 1) >> 1));
    const words = this.#words;
    words[at] = text.length;
    for (let i = 0; i < text.length; i++) {
      words[at + 1 + (i >> 1)]! |= text.charCodeAt(i) << (16 * (i & 1));
    }
    return number;
  }

  /** Writes the head of a record whose fields take so many words. Returns where they begin. */
  #begin(kind: number, fields: number): number {
    const length = 1 + fields;
    if (this.#end + length > this.#words.length) this.#grow(length);
    const at = this.#end;
    this.#words[at] = headOf(kind, length);
    this.#end = at + length;
    return at + 1;
  }

  /**
   * Opens the next segment. The reader takes a segment as complete once the next one has arrived, so nothing
   * is ever appended to an earlier one.
   */
  #grow(length: number): void {
    // The last record may be a text, which was not worth a publication of its own.
    if (this.#end > 0) Atomics.store(this.#words, SEGMENT_FILLED, this.#end);
    const doubled = Math.min(this.#words.length * 2, LARGEST_SEGMENT_WORDS);
    const words = Math.max(doubled, FIRST_SEGMENT_WORDS, SEGMENT_RECORDS + length);
    const buffer = this.#allocate(words * WORD_BYTES);
    this.#words = new Int32Array(buffer);
    this.#end = SEGMENT_RECORDS;
    this.#onSegment(buffer);
  }
}
