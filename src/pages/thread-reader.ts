import type { FamilyDefinition } from '../model.ts';
import {
  CONTROL_CONSUMED,
  CONTROL_HEARTBEAT,
  CONTROL_VERSION,
  LAYOUT_VERSION,
  RECORD_FAMILY,
  RECORD_FAMILY_REMOVED,
  RECORD_SERIES,
  RECORD_SERIES_ERASED,
  RECORD_TEXT,
  RECORD_TEXTS_FORGOTTEN,
  SEGMENT_FILLED,
  SEGMENT_HEADER_BYTES,
  SERIES_OVERFLOW,
  WORD_UNITS,
} from './journal-layout.ts';
import { indexOf, type PageBuffer, pageOf } from './layout.ts';

/**
 * Told of what a thread's catalogue says, in the order in which it was written: by a reader of its
 * journal, or where there is one thread only by the thread itself. Lists of label values are not the
 * visitor's to keep.
 */
export interface CatalogueVisitor {
  /** @param collects whether the family has a `collect` callback to be run before it is read */
  family(id: number, definition: FamilyDefinition, collects: boolean): void;
  series(family: number, place: number, labelValues: readonly string[], overflow: boolean): void;
  /** The application wants this label set gone, here and elsewhere. */
  seriesErased(family: number, labelValues: readonly string[]): void;
  /** The block is no longer that of the series. */
  seriesRemoved(
    family: number,
    place: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void;
  /** @param erased whether the application wants it gone elsewhere, too */
  familyRemoved(id: number, erased: boolean): void;
}

/** The cells of one recording thread, as the collector sees them. */
export interface CellReader {
  readonly pages: readonly Float64Array[];
}

/** The memory of one recording thread, as it arrives. */
export interface MemoryReader extends CellReader {
  /** When the thread's event loop last turned: seconds since 1970, or `Infinity` if not watched. */
  heartbeat: number;
  /** Takes a page, or the newer copy of one. */
  setPage(page: number, cells: Float64Array): void;
  addSegment(buffer: PageBuffer): void;
  /** Reads the catalogue up to its end, or up to a series whose page has not arrived yet. */
  drain(visitor: CatalogueVisitor): void;
}

const CHUNK = 8192; // below every engine's limit of arguments for String.fromCharCode

/** Reads the memory of a thread that hands it over, and the journal in it. */
export class ThreadReader implements MemoryReader {
  readonly pages: Float64Array[] = [];
  readonly #control: Int32Array;
  readonly #heartbeat: Float64Array;
  #segments: PageBuffer[] = [];
  #position = 0;
  #removals = 0;
  #texts: string[] = [];
  readonly #labelValues: string[] = [];
  #units: Uint16Array = new Uint16Array(0);
  #cursor = 0;

  /** @throws RangeError when the thread was laid out by an incompatible build */
  constructor(control: PageBuffer) {
    this.#control = new Int32Array(control);
    this.#heartbeat = new Float64Array(control);
    const version = this.#control[CONTROL_VERSION];
    if (version !== LAYOUT_VERSION) {
      throw new RangeError(
        `a thread with memory layout ${version} cannot join a collector that reads layout ${LAYOUT_VERSION}; load one version of utilityfog-telemetry in all threads`,
      );
    }
  }

  get heartbeat(): number {
    // RACE: a plain load of an aligned double; the next read sees what this one misses.
    return this.#heartbeat[CONTROL_HEARTBEAT];
  }

  set heartbeat(seconds: number) {
    this.#heartbeat[CONTROL_HEARTBEAT] = seconds;
  }

  setPage(page: number, cells: Float64Array): void {
    this.pages[page] = cells;
  }

  addSegment(buffer: PageBuffer): void {
    this.#segments.push(buffer);
  }

  drain(visitor: CatalogueVisitor): void {
    let blocked = false;
    while (!blocked && this.#segments.length > 0) {
      blocked = !this.#drainSegment(this.#segments[0], visitor);
      if (blocked || this.#segments.length === 1) break;
      this.#segments.shift();
      this.#position = 0;
    }
    // From here on this reader never again reads a block that was removed above.
    Atomics.store(this.#control, CONTROL_CONSUMED, this.#removals);
  }

  #drainSegment(buffer: PageBuffer, visitor: CatalogueVisitor): boolean {
    const filled = Atomics.load(new Int32Array(buffer, 0, 1), SEGMENT_FILLED);
    this.#units = new Uint16Array(buffer, SEGMENT_HEADER_BYTES);
    while (this.#position < filled) {
      const start = this.#position;
      this.#cursor = start + 1;
      const end = start + this.#word();
      if (!this.#visit(this.#units[start], end, visitor)) return false;
      this.#position = end;
    }
    return true;
  }

  /** @param end where the record ends */
  #visit(kind: number, end: number, visitor: CatalogueVisitor): boolean {
    if (kind === RECORD_TEXT) {
      this.#texts.push(this.#text(end));
    } else if (kind === RECORD_TEXTS_FORGOTTEN) {
      this.#texts = [];
    } else if (kind === RECORD_FAMILY) {
      const id = this.#word();
      const collects = this.#unit() === 1;
      visitor.family(id, JSON.parse(this.#text(end)), collects);
    } else if (kind === RECORD_FAMILY_REMOVED) {
      visitor.familyRemoved(this.#word(), this.#unit() === 1);
    } else {
      return this.#visitSeries(kind, end, visitor);
    }
    return true;
  }

  #visitSeries(kind: number, end: number, visitor: CatalogueVisitor): boolean {
    // Without a call for each word: there may be a million such records.
    const units = this.#units;
    const word = (at: number) => (units[at] | (units[at + 1] << 16)) >>> 0;
    const start = this.#cursor;
    const family = word(start);
    const place = word(start + WORD_UNITS);
    const overflow = units[start + 2 * WORD_UNITS] === SERIES_OVERFLOW;
    const labelValues = this.#labelValues;
    labelValues.length = 0;
    for (let at = start + 2 * WORD_UNITS + 1; at < end; at += WORD_UNITS) {
      labelValues.push(this.#texts[word(at)]);
    }
    if (kind === RECORD_SERIES) {
      // RACE: the record is visible through shared memory before the message that brings its page.
      if (this.pages[pageOf(place)] === undefined) return false;
      visitor.series(family, place, labelValues, overflow);
    } else if (kind === RECORD_SERIES_ERASED) {
      visitor.seriesErased(family, labelValues);
    } else {
      this.#removals++;
      visitor.seriesRemoved(family, place, labelValues, overflow);
    }
    return true;
  }

  #unit(): number {
    return this.#units[this.#cursor++];
  }

  #word(): number {
    return (this.#unit() | (this.#unit() << 16)) >>> 0;
  }

  #text(end: number): string {
    let text = '';
    while (this.#cursor < end) {
      const stop = Math.min(end, this.#cursor + CHUNK);
      text += String.fromCharCode.apply(
        null,
        this.#units.subarray(this.#cursor, stop) as unknown as number[],
      );
      this.#cursor = stop;
    }
    return text;
  }
}

/**
 * The cell `offset` cells into the block at `place`. RACE: a plain load while the owner may be
 * storing. Aligned 64-bit cells are not torn on any 64-bit engine (test/runtimes watches), and an
 * older value is as good as a scrape a moment ago.
 */
export function readCell({ pages }: CellReader, place: number, offset: number): number {
  return pages[pageOf(place)][indexOf(place) + offset];
}
