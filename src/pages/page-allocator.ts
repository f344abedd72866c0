import {
  addressOf,
  FIRST_PAGE_CELLS,
  indexOf,
  LARGEST_PAGE_CELLS,
  type PageBuffer,
  pageOf,
} from './layout.ts';

/** Blocks of one size that have come back. */
interface Returned {
  /** Addresses that may be used again. */
  readonly free: number[];
  /** In the order of their removals. What comes back now must not hold up what came back long ago. */
  readonly waiting: { removal: number; readonly address: number }[];
}

/** Hands out blocks of cells from the pages of one thread, and takes them back. */
export class PageAllocator {
  readonly shared: boolean;
  readonly pages: Float64Array[] = [];
  /** Cells handed out so far, per page. */
  readonly filled: number[] = [];
  /** Called with every page from now on. */
  onPage: ((page: number, buffer: PageBuffer) => void) | undefined;
  /** How many removals the reader has seen. Without a reader that is all of them. */
  consumed: () => number = () => Infinity;
  /** The blocks that have come back, by their size. */
  readonly #returned = new Map<number, Returned>();
  /** How many blocks have come back so far. */
  removals = 0;

  constructor(shared: boolean) {
    this.shared = shared;
  }

  readonly allocate = (bytes: number): PageBuffer =>
    this.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);

  /** Returns the address of `size` adjacent cells, all zero. */
  take(size: number): number {
    const address = this.#returned.size > 0 ? this.#reusable(size) : undefined;
    if (address !== undefined) {
      const index = indexOf(address);
      this.pages[pageOf(address)]!.fill(0, index, index + size);
      return address;
    }
    let page = this.pages.length - 1;
    if (page < 0 || this.filled[page]! + size > this.pages[page]!.length) page = this.#grow(size);
    const index = this.filled[page]!;
    this.filled[page] = index + size;
    return addressOf(page, index);
  }

  /** Returns the address of a block that holds these cells. */
  put(cells: readonly number[]): number {
    const address = this.take(cells.length);
    this.pages[pageOf(address)]!.set(cells, indexOf(address));
    return address;
  }

  /**
   * Gives a block back. RACE: a reader that has not seen the removal yet may still read the block
   * as the old series, so it is reused only once the reader has consumed this removal.
   * @returns the number of the removal
   */
  release(address: number, size: number): number {
    const removal = ++this.removals;
    const returned = this.#returned.get(size);
    if (returned) returned.waiting.push({ removal, address });
    else this.#returned.set(size, { free: [], waiting: [{ removal, address }] });
    return removal;
  }

  /** Takes back a block that was released, as it is. `false` if a reader has consumed that. */
  retake(address: number, size: number): boolean {
    const { waiting = [] } = this.#returned.get(size) ?? {};
    const at = waiting.findIndex((back) => back.address === address);
    if (at >= 0) waiting.splice(at, 1);
    return at >= 0;
  }

  /**
   * Called for a new reader. It counts removals from 0, and knows of none of the blocks that are back: they
   * are free as soon as it reads.
   */
  startOver(): void {
    this.removals = 0;
    for (const returned of this.#returned.values()) {
      this.#free(returned);
      for (const back of returned.waiting) back.removal = 0;
    }
  }

  #reusable(size: number): number | undefined {
    const returned = this.#returned.get(size);
    if (!returned) return undefined;
    if (returned.free.length === 0) this.#free(returned);
    return returned.free.pop();
  }

  /** Frees the blocks whose removal the reader has consumed. */
  #free({ free, waiting }: Returned): void {
    if (waiting.length === 0) return;
    const consumed = this.consumed();
    const end = waiting.findIndex(({ removal }) => removal > consumed);
    const seen = waiting.splice(0, end < 0 ? waiting.length : end);
    for (const { address } of seen) free.push(address);
  }

  #grow(size: number): number {
    const last = this.pages.at(-1)?.length ?? FIRST_PAGE_CELLS / 2;
    const cells = Math.max(size, Math.min(last * 2, LARGEST_PAGE_CELLS));
    const buffer = this.allocate(cells * Float64Array.BYTES_PER_ELEMENT);
    const page = this.pages.push(new Float64Array(buffer)) - 1;
    this.filled.push(0);
    this.onPage?.(page, buffer);
    return page;
  }
}
