import {
  CONTROL_BYTES,
  CONTROL_CONSUMED,
  CONTROL_HEARTBEAT,
  CONTROL_VERSION,
  indexOf,
  LAYOUT_VERSION,
  type PageBuffer,
  pageOf,
} from './layout.ts';
import { PageAllocator } from './page-allocator.ts';
import type { CatalogueVisitor } from './thread-reader.ts';

/** Where a thread's memory is handed to, in the order in which it must arrive. */
export interface MemorySink {
  control(buffer: PageBuffer): void;
  page(page: number, buffer: PageBuffer): void;
  segment(buffer: PageBuffer): void;
}

/** Adjacent cells of one series. */
export interface Block {
  readonly cells: Float64Array;
  /** Of the first cell in `cells`. */
  readonly index: number;
  readonly place: number;
}

/** Where the series of one recording thread have their cells, once a collector reads them. */
export interface CellMemory {
  /** The journal, or the collector itself. */
  readonly catalogue: CatalogueVisitor | undefined;
  /** A block of `size` zeroed cells. */
  take(size: number): Block;
  /** Takes the block of a removed series back. */
  release(place: number, size: number): void;
}

/** The pages of one recording thread, written by that thread only. */
export class ThreadMemory implements CellMemory {
  readonly shared: boolean;
  readonly cells: PageAllocator;
  #sink: MemorySink | undefined;
  #control: PageBuffer | undefined;
  #catalogue: CatalogueVisitor | undefined;
  #removals = 0;

  constructor(shared: boolean) {
    this.shared = shared;
    this.cells = new PageAllocator(this.allocate, (page, buffer) => this.#sink?.page(page, buffer));
  }

  readonly allocate = (bytes: number): PageBuffer =>
    this.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);

  get catalogue(): CatalogueVisitor | undefined {
    return this.#catalogue;
  }

  /**
   * Hands the pages there are to a new reader, with a fresh journal. The caller then writes its
   * families and series into the journal again.
   */
  attach(sink: MemorySink, catalogue: CatalogueVisitor): void {
    // New as well, so that a former reader cannot acknowledge removals in the new one's place.
    const control = this.allocate(CONTROL_BYTES);
    new Int32Array(control)[CONTROL_VERSION] = LAYOUT_VERSION;
    this.#control = control;
    this.beat(Date.now() / 1000);
    this.cells.reclaim(Number.POSITIVE_INFINITY);
    this.#removals = 0;
    sink.control(control);
    this.#sink = sink;
    this.#catalogue = catalogue;
    this.cells.pages.forEach((cells, page) => {
      sink.page(page, cells.buffer);
    });
  }

  /** Tells the reader that this thread's event loop turns; `Infinity` when it cannot be watched. */
  beat(seconds: number): void {
    // RACE: a plain store of an aligned double; a reader that misses it sees the next.
    if (this.#control) new Float64Array(this.#control)[CONTROL_HEARTBEAT] = seconds;
  }

  take(size: number): Block {
    this.cells.reclaim(this.#consumed());
    const place = this.cells.take(size);
    return { cells: this.cells.pages[pageOf(place)], index: indexOf(place), place };
  }

  release(place: number, size: number): void {
    this.#catalogue?.seriesRemoved(place);
    this.cells.retire(place, size, ++this.#removals);
  }

  #consumed(): number {
    // Copies are posted together with the journal up to the same moment, so a private block is
    // free at once; a shared one only when the reader says so.
    if (!this.shared || !this.#control) return Number.POSITIVE_INFINITY;
    return Atomics.load(new Int32Array(this.#control), CONTROL_CONSUMED);
  }
}
