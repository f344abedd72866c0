import type { PageAllocator } from '../pages/page-allocator.ts';

/** What the cells of a thread held at some moment, to tell whether anything was recorded since. */
export class RecordedCells {
  readonly #removals: number;
  readonly #pages: readonly Float64Array[];

  constructor(cells: PageAllocator) {
    this.#removals = cells.removals;
    this.#pages = filledPages(cells).map((page) => page.slice());
  }

  /** Whether nothing was recorded, made or removed since. */
  isStill(cells: PageAllocator): boolean {
    const pages = filledPages(cells);
    return (
      cells.removals === this.#removals &&
      pages.length === this.#pages.length &&
      pages.every((page, i) => isSame(page, this.#pages[i]!))
    );
  }
}

function filledPages({ pages, filled }: PageAllocator): Float64Array[] {
  return pages.map((page, i) => page.subarray(0, filled[i]));
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  // A gauge may be NaN, which is not equal to itself.
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
