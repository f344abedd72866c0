import type { FamilyDefinition } from '../model.ts';
import {
  CONTROL_CONSUMED,
  CONTROL_HEARTBEAT,
  CONTROL_VERSION,
  familyOf,
  flagOf,
  kindOf,
  LAYOUT_VERSION,
  lengthOf,
  RECORD_FAMILY,
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
import { indexOf, type PageBuffer, pageOf } from './layout.ts';

/**
 * Is told what a thread's catalogue says, in the order in which it was written. A reader of the journal tells
 * it, or the thread itself if there is only one thread. The visitor must not keep lists of label values.
 */
export interface CatalogueVisitor {
  /**
   * The series that follow began to count at this time, or a little later: seconds since 1970. Without a time,
   * they begin when they are told of.
   */
  time(seconds?: number): void;
  /** Says what time it is, in seconds since 1970. Absent where whoever is told looks at a clock itself. */
  tick?(seconds: number): void;
  /** @param collects whether the family has a `collect` callback to be run before it is read */
  family(id: number, definition: FamilyDefinition, collects: boolean): void;
  series(family: number, address: number, labelValues: readonly string[], overflow: boolean): void;
  /**
   * The application wants this label set gone, here and elsewhere; without values, all of the family.
   * @param erasure the number by which the erasure is known again; 0 if it has none
   */
  seriesErased(family: number, labelValues: readonly string[], erasure: number): void;
  /** The block no longer belongs to the series. */
  seriesRemoved(
    family: number,
    address: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void;
  /** The thread has let the series go, since nobody had recorded it for long. It may come back. */
  seriesExpired(family: number, address: number, labelValues: readonly string[]): void;
  /** The series has another block, which holds all that the one before held. That one may be used again. */
  seriesMoved(
    family: number,
    from: number,
    to: number,
    labelValues: readonly string[],
    overflow: boolean,
  ): void;
  /** @param erased whether the application wants the family gone elsewhere, too: see `seriesErased` */
  familyRemoved(id: number, erased: boolean, erasure: number): void;
}

/** The cells of one recording thread, as the collector sees them. */
export interface CellReader {
  readonly pages: readonly Float64Array[];
}

/** The memory of one recording thread, as it arrives. */
export interface MemoryReader extends CellReader {
  /** When the thread's event loop last turned, in seconds of its own clock, or `Infinity` if not watched. */
  heartbeat: number;
  /** Takes a page, or the newer copy of one. */
  setPage(page: number, cells: Float64Array): void;
  addSegment(buffer: PageBuffer): void;
  /**
   * Reads the catalogue up to its end, or up to a series whose page has not arrived yet.
   * @throws RangeError when it is no catalogue
   */
  drain(visitor: CatalogueVisitor): void;
  /** Lets the thread use blocks again whose removal was read: from here on nobody reads them. */
  acknowledge(): void;
}

const CHUNK = 8192; // below every engine's limit of arguments for String.fromCharCode

/** Reads the memory of a thread that hands it over, and the journal in it. */
export class ThreadReader implements MemoryReader {
  readonly pages: Float64Array[] = [];
  readonly #control: Int32Array;
  readonly #heartbeat: Float64Array;
  #segments: PageBuffer[] = [];
  #position = SEGMENT_RECORDS;
  #removals = 0;
  /** The texts of the journal, by their numbers. */
  #known: string[] = [];
  /** The texts of the record that is being read. */
  readonly #texts: string[] = [];
  #words: Int32Array = new Int32Array(0);

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
    return this.#heartbeat[CONTROL_HEARTBEAT]!;
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
      blocked = !this.#drainSegment(this.#segments[0]!, visitor);
      if (blocked || this.#segments.length === 1) break;
      this.#segments.shift();
      this.#position = SEGMENT_RECORDS;
    }
  }

  acknowledge(): void {
    Atomics.store(this.#control, CONTROL_CONSUMED, this.#removals);
  }

  #drainSegment(buffer: PageBuffer, visitor: CatalogueVisitor): boolean {
    const words = new Int32Array(buffer);
    this.#words = words;
    const filled = Atomics.load(words, SEGMENT_FILLED);
    // The thread may be anybody's code: an endless journal must not be read without end.
    if (filled > words.length) throw new RangeError('the journal is longer than its memory');
    while (this.#position < filled) {
      const head = words[this.#position]!;
      const end = this.#position + lengthOf(head);
      if (end <= this.#position || end > filled) throw new RangeError('a record has no end');
      if (!this.#visit(kindOf(head), this.#position + 1, end, visitor)) return false;
      this.#position = end;
    }
    return true;
  }

  /** @param at where the fields of the record begin; `end` is where they end */
  #visit(kind: number, at: number, end: number, visitor: CatalogueVisitor): boolean {
    const words = this.#words;
    if (kind === RECORD_TEXT) {
      this.#known.push(this.#text(at));
      return true;
    }
    if (kind === RECORD_TEXTS_FORGOTTEN) {
      this.#known = [];
      return true;
    }
    if (kind === RECORD_TIME) {
      visitor.time(doubleOf(words[at]!, words[at + 1]!));
      return true;
    }
    const family = familyOf(words[at]!);
    const flag = flagOf(words[at]!);
    const address = words[at + 1]! >>> 0;
    const texts = this.#texts;
    const isMove = kind === RECORD_SERIES_MOVED;
    const first = at + (isMove ? 3 : 2);
    const count = end - first;
    // V8 leaves compiled code to set a length, even to the same value. That takes nine times as long as
    // filling.
    if (texts.length !== count) texts.length = count;
    for (let i = 0; i < count; i++) {
      const text = this.#known[words[first + i]!];
      if (text === undefined) throw new RangeError('a text has not been said');
      texts[i] = text;
    }
    if (kind === RECORD_SERIES || isMove) {
      // RACE: the record is visible through shared memory before the message that brings its page.
      if (this.pages[pageOf(address)] === undefined) return false;
      if (isMove) {
        this.#removals++;
        visitor.seriesMoved(family, words[at + 2]! >>> 0, address, texts, flag);
      } else visitor.series(family, address, texts, flag);
    } else if (kind === RECORD_SERIES_ERASED) {
      visitor.seriesErased(family, texts, address);
    } else if (kind === RECORD_SERIES_REMOVED) {
      this.#removals++;
      visitor.seriesRemoved(family, address, texts, flag);
    } else if (kind === RECORD_SERIES_EXPIRED) {
      this.#removals++;
      visitor.seriesExpired(family, address, texts);
    } else if (kind === RECORD_FAMILY) {
      visitor.family(family, JSON.parse(texts[0]!), flag);
    } else {
      visitor.familyRemoved(family, flag, address);
    }
    return true;
  }

  #text(at: number): string {
    const { buffer } = this.#words;
    const units = new Uint16Array(buffer, (at + 1) * WORD_BYTES, this.#words[at]);
    let text = '';
    for (let start = 0; start < units.length; start += CHUNK) {
      const chunk = units.subarray(start, start + CHUNK) as unknown as number[];
      text += String.fromCharCode.apply(null, chunk);
    }
    return text;
  }
}

/** Returns the double with these halves, the lower one first. */
function doubleOf(lower: number, upper: number): number {
  return new Float64Array(Int32Array.of(lower, upper).buffer)[0]!;
}

/**
 * Returns the cell `offset` cells into the block at `address`. RACE: this is a plain load while the owner may
 * be storing. Aligned 64-bit cells are not torn on any 64-bit engine (test/runtimes watches), and an older
 * value is as good as that of a scrape a moment ago.
 */
export function readCell({ pages }: CellReader, address: number, offset: number): number {
  return pages[pageOf(address)]![indexOf(address) + offset]!;
}
