import { JournalCopier } from './journal-copier.ts';
import type { PageBuffer } from './layout.ts';
import type { ThreadMemory } from './thread-memory.ts';

/** A part of what has changed in private memory since the last copy. */
export interface MemoryCopy {
  /** New records of the catalogue. Each is a complete segment. */
  readonly segments: readonly ArrayBuffer[];
  /** The filled part of some pages, by their numbers. */
  readonly pages: readonly (readonly [page: number, cells: Float64Array<ArrayBuffer>])[];
  /** Whether this part completes the copy. */
  readonly last: boolean;
}

/** At least so many bytes are copied at a time. That takes a tenth of a millisecond. */
const PART_BYTES = 1_048_576;

/** Copies the memory of a thread that cannot share it. */
export class MemoryCopier {
  readonly #memory: ThreadMemory;
  readonly #journal = new JournalCopier();
  /** How many removals the reader has been told of with a whole copy. */
  #consumed = 0;

  constructor(memory: ThreadMemory) {
    this.#memory = memory;
  }

  /**
   * RACE: pages are copied after the catalogue, and the thread goes on in between. A block that is given back
   * meanwhile must not pass to another series, since the reader takes it for that of the old one.
   */
  readonly consumed = (): number => this.#consumed;

  addSegment(buffer: PageBuffer): void {
    this.#journal.addSegment(buffer);
  }

  /** How many segments have not been copied to their end. */
  get waiting(): number {
    return this.#journal.waiting;
  }

  /**
   * Copies in parts, so that the thread can do something else in between. Each part is as of when it is asked
   * for. The catalogue comes first and then all pages, so that these have what it names.
   */
  *copy(): Generator<MemoryCopy, void, undefined> {
    let segments: ArrayBuffer[] = [];
    let pages: [number, Float64Array<ArrayBuffer>][] = [];
    let bytes = 0;
    const isFull = (buffer: ArrayBuffer) => (bytes += buffer.byteLength) >= PART_BYTES;
    const part = (last: boolean): MemoryCopy => {
      const made = { segments, pages, last };
      segments = [];
      pages = [];
      bytes = 0;
      return made;
    };
    const { cells } = this.#memory;
    const { removals } = cells;
    for (const segment of this.#journal.copy()) {
      segments.push(segment);
      if (isFull(segment)) yield part(false);
    }
    for (let page = 0; page < cells.pages.length; page++) {
      const copy = new Float64Array(cells.pages[page]!.subarray(0, cells.filled[page]));
      pages.push([page, copy]);
      if (isFull(copy.buffer)) yield part(false);
    }
    this.#consumed = Math.max(this.#consumed, removals);
    yield part(true);
  }
}
