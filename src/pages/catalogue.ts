import type { FamilyDefinition } from '../model.ts';
import {
  FIRST_SEGMENT_UNITS,
  LARGEST_SEGMENT_UNITS,
  type PageBuffer,
  RECORD_FAMILY,
  RECORD_FAMILY_REMOVED,
  RECORD_HEADER_UNITS,
  RECORD_SERIES,
  RECORD_SERIES_ERASED,
  RECORD_SERIES_REMOVED,
  SEGMENT_FILLED,
  SEGMENT_HEADER_BYTES,
  SERIES_OVERFLOW,
} from './layout.ts';

/** Appends to the journal which block of cells belongs to which series. */
export class CatalogueWriter {
  readonly #allocate: (bytes: number) => PageBuffer;
  readonly #onSegment: (buffer: PageBuffer) => void;
  #marks!: Int32Array;
  #units: Uint16Array = new Uint16Array(0);
  #filled = 0;
  #record = new Uint16Array(256);
  #length = 0;

  constructor(allocate: (bytes: number) => PageBuffer, onSegment: (buffer: PageBuffer) => void) {
    this.#allocate = allocate;
    this.#onSegment = onSegment;
  }

  /** @param collects whether the family has a `collect` callback to be run before it is read */
  family(id: number, definition: FamilyDefinition, collects: boolean): void {
    this.#begin(RECORD_FAMILY);
    this.#word(id);
    this.#unit(collects ? 1 : 0);
    this.#text(JSON.stringify(definition));
    this.#publish();
  }

  series(family: number, place: number, labelValues: readonly string[], overflow: boolean): void {
    this.#begin(RECORD_SERIES);
    this.#word(family);
    this.#word(place);
    this.#unit(overflow ? SERIES_OVERFLOW : 0);
    this.#unit(labelValues.length);
    for (const value of labelValues) this.#text(value);
    this.#publish();
  }

  /** The application wants this label set gone, here and elsewhere. */
  seriesErased(family: number, labelValues: readonly string[]): void {
    this.#begin(RECORD_SERIES_ERASED);
    this.#word(family);
    this.#unit(labelValues.length);
    for (const value of labelValues) this.#text(value);
    this.#publish();
  }

  /** The block is no longer that of the series. */
  seriesRemoved(place: number): void {
    this.#begin(RECORD_SERIES_REMOVED);
    this.#word(place);
    this.#publish();
  }

  /** @param erased whether the application wants it gone elsewhere, too */
  familyRemoved(id: number, erased: boolean): void {
    this.#begin(RECORD_FAMILY_REMOVED);
    this.#word(id);
    this.#unit(erased ? 1 : 0);
    this.#publish();
  }

  #begin(kind: number): void {
    this.#record[0] = kind;
    this.#length = RECORD_HEADER_UNITS;
  }

  #unit(value: number): void {
    this.#reserve(1);
    this.#record[this.#length++] = value;
  }

  #word(value: number): void {
    this.#reserve(2);
    this.#record[this.#length++] = value & 0xffff;
    this.#record[this.#length++] = value >>> 16;
  }

  #text(text: string): void {
    this.#word(text.length);
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#record[this.#length + i] = text.charCodeAt(i);
    this.#length += text.length;
  }

  #reserve(units: number): void {
    if (this.#length + units <= this.#record.length) return;
    const larger = new Uint16Array(Math.max(this.#record.length * 2, this.#length + units));
    larger.set(this.#record);
    this.#record = larger;
  }

  #publish(): void {
    const length = this.#length;
    this.#record[1] = length & 0xffff;
    this.#record[2] = length >>> 16;
    if (this.#filled + length > this.#units.length) this.#grow(length);
    this.#units.set(this.#record.subarray(0, length), this.#filled);
    this.#filled += length;
    // RACE: a reader acts on units below the mark only; the sequentially consistent store orders
    // the record, and the zeroed cells that it names, before it.
    Atomics.store(this.#marks, SEGMENT_FILLED, this.#filled);
  }

  /**
   * Opens the next segment. The reader takes a segment as complete once its successor has
   * arrived, so nothing is ever appended to an earlier one.
   */
  #grow(length: number): void {
    const doubled = Math.min(this.#units.length * 2, LARGEST_SEGMENT_UNITS);
    const units = Math.max(doubled, FIRST_SEGMENT_UNITS, length);
    const buffer = this.#allocate(SEGMENT_HEADER_BYTES + units * Uint16Array.BYTES_PER_ELEMENT);
    this.#marks = new Int32Array(buffer, 0, 1);
    this.#units = new Uint16Array(buffer, SEGMENT_HEADER_BYTES, units);
    this.#filled = 0;
    this.#onSegment(buffer);
  }
}
