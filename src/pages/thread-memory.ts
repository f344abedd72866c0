import { monotonic } from '../platform/timers.ts';
import {
  CONTROL_BYTES,
  CONTROL_CONSUMED,
  CONTROL_HEARTBEAT,
  CONTROL_VERSION,
  LAYOUT_VERSION,
  NOT_CONSUMED,
} from './journal-layout.ts';
import type { PageBuffer } from './layout.ts';
import type { PageAllocator } from './page-allocator.ts';

/** Where a thread's memory is handed to, in the order in which it must arrive. */
export interface MemorySink {
  control(buffer: PageBuffer): void;
  page(page: number, buffer: PageBuffer): void;
  segment(buffer: PageBuffer): void;
  /** How many removals a reader of copies has been told of. */
  readonly consumed?: (() => number) | undefined;
}

/** The memory of one recording thread, as it is handed to the collector that reads it. */
export class ThreadMemory {
  readonly cells: PageAllocator;
  #control: PageBuffer | undefined;

  constructor(cells: PageAllocator) {
    this.cells = cells;
  }

  get shared(): boolean {
    return this.cells.shared;
  }

  /**
   * Hands the pages there are, and those to come, to a new reader. The caller then writes its
   * families and series into a journal that is new as well.
   */
  attach(sink: MemorySink): void {
    const { cells } = this;
    // The control block is new, so that a former reader cannot acknowledge removals in the new one's place.
    const control = cells.allocate(CONTROL_BYTES);
    const words = new Int32Array(control);
    words[CONTROL_VERSION] = LAYOUT_VERSION;
    words[CONTROL_CONSUMED] = NOT_CONSUMED;
    this.#control = control;
    this.beat(monotonic());
    cells.startOver();
    // RACE: this holds also in this very thread, where a reader gives way before it has read everything.
    cells.consumed = sink.consumed ?? (() => Atomics.load(words, CONTROL_CONSUMED));
    cells.onPage = sink.page;
    sink.control(control);
    cells.pages.forEach((page, number) => {
      sink.page(number, page.buffer);
    });
  }

  /**
   * Detaches the memory until there is another reader. RACE: what the collector had read of this thread
   * outlives that collector, and its successor goes on from there. So no cell that comes back is used again
   * before this thread has joined there, or is released.
   */
  detach(): void {
    this.#control = undefined;
    this.cells.onPage = undefined;
  }

  /** Frees the cells that come back or have come back, as nobody will read what there was. */
  release(): void {
    this.cells.consumed = () => Infinity;
  }

  /** Tells the reader that this thread's event loop turns; `Infinity` when it cannot be watched. */
  beat(seconds: number): void {
    // RACE: a plain store of an aligned double; a reader that misses it sees the next.
    if (this.#control) new Float64Array(this.#control)[CONTROL_HEARTBEAT] = seconds;
  }
}
