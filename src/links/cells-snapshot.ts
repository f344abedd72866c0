import type { PageAllocator } from '../pages/page-allocator.ts';

/** A copy of a thread's cells at some moment. It tells whether anything was recorded since. */
export class CellsSnapshot {
  readonly #removals: number;
  readonly #pages: readonly Float64Array[];

  constructor(cells: PageAllocator) {
    this.#removals = cells.removals;
    this.#pages = filledPages(cells).map((page) => page.slice());
  }

  /** Whether nothing was recorded, made or removed since. */
  isUnchanged(cells: PageAllocator): boolean {
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
