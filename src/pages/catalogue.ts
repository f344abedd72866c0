import type { FamilyDefinition } from '../model.ts';
import {
  FIRST_SEGMENT_UNITS,
  LARGEST_SEGMENT_UNITS,
  MAX_TEXTS,
  RECORD_FAMILY,
  RECORD_FAMILY_REMOVED,
  RECORD_HEADER_UNITS,
  RECORD_SERIES,
  RECORD_SERIES_ERASED,
  RECORD_SERIES_REMOVED,
  RECORD_TEXT,
  RECORD_TEXTS_FORGOTTEN,
  SEGMENT_FILLED,
  SEGMENT_HEADER_BYTES,
  SERIES_OVERFLOW,
  WORD_UNITS,
} from './journal-layout.ts';
import type { PageBuffer } from './layout.ts';
import type { CatalogueVisitor } from './thread-reader.ts';

/** Appends to the journal which block of cells belongs to which series. */
export class CatalogueWriter implements CatalogueVisitor {
  readonly #allocate: (bytes: number) => PageBuffer;
  readonly #onSegment: (buffer: PageBuffer) => void;
  #marks!: Int32Array;
  #units: Uint16Array = new Uint16Array(0);
  #end = 0;
  /** The texts that this journal holds, by number: a label value is written once for many series. */
  readonly #texts = new Map<string, number>();
  /** Of the label values of the series that is being written. */
  readonly #numbers: number[] = [];

  constructor(allocate: (bytes: number) => PageBuffer, onSegment: (buffer: PageBuffer) => void) {
    this.#allocate = allocate;
    this.#onSegment = onSegment;
  }

  family(id: number, definition: FamilyDefinition, collects: boolean): void {
    const text = JSON.stringify(definition);
    this.#begin(RECORD_FAMILY, WORD_UNITS + 1 + text.length);
    this.#word(id);
    this.#unit(collects ? 1 : 0);
    this.#text(text);
    this.#publish();
  }

  series(family: number, place: number, labelValues: readonly string[], overflow: boolean): void {
    this.#series(RECORD_SERIES, family, place, labelValues, overflow);
  }

  seriesErased(family: number, labelValues: readonly string[]): void {
    this.#series(RECORD_SERIES_ERASED, family, 0, labelValues, false);
  }

  seriesRemoved(
    family: number,
    place: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    this.#series(RECORD_SERIES_REMOVED, family, place, labelValues, overflow);
  }

  familyRemoved(id: number, erased: boolean): void {
    this.#begin(RECORD_FAMILY_REMOVED, WORD_UNITS + 1);
    this.#word(id);
    this.#unit(erased ? 1 : 0);
    this.#publish();
  }

  #series(
    kind: number,
    family: number,
    place: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void {
    // A thread whose label values never repeat must not keep each of them.
    if (this.#texts.size >= MAX_TEXTS) {
      this.#texts.clear();
      this.#begin(RECORD_TEXTS_FORGOTTEN, 0);
    }
    const numbers = this.#numbers;
    for (let i = 0; i < labelValues.length; i++) numbers[i] = this.#number(labelValues[i]);
    this.#begin(kind, (2 + labelValues.length) * WORD_UNITS + 1);
    this.#word(family);
    this.#word(place);
    this.#unit(overflow ? SERIES_OVERFLOW : 0);
    for (let i = 0; i < labelValues.length; i++) this.#word(numbers[i]);
    this.#publish();
  }

  /** Of a text, which is written first where the journal does not hold it yet. */
  #number(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.size;
    this.#texts.set(text, number);
    this.#begin(RECORD_TEXT, text.length);
    this.#text(text);
    return number;
  }

  /** Makes room for the record, whose fields take so many units. */
  #begin(kind: number, fields: number): void {
    const length = RECORD_HEADER_UNITS + fields;
    if (this.#end + length > this.#units.length) this.#grow(length);
    this.#unit(kind);
    this.#word(length);
  }

  #unit(value: number): void {
    this.#units[this.#end++] = value;
  }

  #word(value: number): void {
    const units = this.#units;
    const at = this.#end;
    units[at] = value; // of which a Uint16Array keeps the lower half
    units[at + 1] = value >>> 16;
    this.#end = at + WORD_UNITS;
  }

  #text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#unit(text.charCodeAt(i));
  }

  #publish(): void {
    // RACE: a reader acts on units below the mark only; the sequentially consistent store orders
    // the record, and the zeroed cells that it names, before it.
    Atomics.store(this.#marks, SEGMENT_FILLED, this.#end);
  }

  /**
   * Opens the next segment. The reader takes a segment as complete once its successor has
   * arrived, so nothing is ever appended to an earlier one.
   */
  #grow(length: number): void {
    // A text may stand last, and was not worth a publication of its own.
    if (this.#end > 0) this.#publish();
    const doubled = Math.min(this.#units.length * 2, LARGEST_SEGMENT_UNITS);
    const units = Math.max(doubled, FIRST_SEGMENT_UNITS, length);
    const buffer = this.#allocate(SEGMENT_HEADER_BYTES + units * Uint16Array.BYTES_PER_ELEMENT);
    this.#marks = new Int32Array(buffer, 0, 1);
    this.#units = new Uint16Array(buffer, SEGMENT_HEADER_BYTES, units);
    this.#end = 0;
    this.#onSegment(buffer);
  }
}
