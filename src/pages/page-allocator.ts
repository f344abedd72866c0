import {
  FIRST_PAGE_CELLS,
  indexOf,
  LARGEST_PAGE_CELLS,
  type PageBuffer,
  pageOf,
  placeOf,
} from './layout.ts';

interface Retired {
  readonly removal: number;
  readonly size: number;
  readonly place: number;
}

/** Hands out blocks of cells from the pages of one thread, and takes them back. */
export class PageAllocator {
  readonly pages: Float64Array[] = [];
  /** Cells handed out so far, per page. */
  readonly filled: number[] = [];
  readonly #allocate: (bytes: number) => PageBuffer;
  readonly #onPage: (page: number, buffer: PageBuffer) => void;
  readonly #free = new Map<number, number[]>();
  #retired: Retired[] = [];

  constructor(
    allocate: (bytes: number) => PageBuffer,
    onPage: (page: number, buffer: PageBuffer) => void,
  ) {
    this.#allocate = allocate;
    this.#onPage = onPage;
  }

  /** The place of `size` adjacent cells, all zero. */
  take(size: number): number {
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      const index = indexOf(reused);
      this.pages[pageOf(reused)].fill(0, index, index + size);
      return reused;
    }
    let page = this.pages.length - 1;
    if (page < 0 || this.filled[page] + size > this.pages[page].length) page = this.#grow(size);
    const index = this.filled[page];
    this.filled[page] = index + size;
    return placeOf(page, index);
  }

  /**
   * Gives a block back. RACE: a reader that has not seen the removal yet may still read the block
   * as the old series, so it is reused only once the reader has consumed removal number `removal`.
   */
  retire(place: number, size: number, removal: number): void {
    this.#retired.push({ removal, size, place });
  }

  /** Frees the blocks whose removal the reader has consumed. */
  reclaim(consumed: number): void {
    let done = 0;
    for (const { removal, size, place } of this.#retired) {
      if (removal > consumed) break;
      const places = this.#free.get(size);
      if (places) places.push(place);
      else this.#free.set(size, [place]);
      done++;
    }
    if (done > 0) this.#retired = this.#retired.slice(done);
  }

  #grow(size: number): number {
    const last = this.pages.at(-1)?.length ?? FIRST_PAGE_CELLS / 2;
    const cells = Math.max(size, Math.min(last * 2, LARGEST_PAGE_CELLS));
    const buffer = this.#allocate(cells * Float64Array.BYTES_PER_ELEMENT);
    const page = this.pages.push(new Float64Array(buffer)) - 1;
    this.filled.push(0);
    this.#onPage(page, buffer);
    return page;
  }
}
