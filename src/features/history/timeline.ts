/** How many samples a series has in a block, at most. It must be below `LIVE`. */
export const BLOCK = 64;

/**
 * Some of the times at which series were sampled together, and the samples of those times.
 * @typeParam S what holds the samples of some series
 */
export class Block<S> {
  readonly timeline: Timeline<S>;
  /** Milliseconds since 1970, ascending. Those behind `length` are yet to come. */
  times = new Float64Array(BLOCK);
  length = 0;
  /** Whether nothing comes any more. */
  isClosed = false;
  slabs: S[] = [];

  constructor(timeline: Timeline<S>) {
    this.timeline = timeline;
  }

  get last(): number {
    return this.length > 0 ? this.times[this.length - 1]! : -Infinity;
  }

  /** Returns how many of its times are not later than that. */
  upTo(time: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The times at which some series are sampled together, in blocks. */
export class Timeline<S> {
  /** Ascending. Only the last can be open. */
  blocks: Block<S>[] = [];
  /** The time of the last sample. */
  last = -Infinity;

  /** The block that is being written. A new one is made if there is none. */
  get open(): Block<S> {
    let block = this.blocks.at(-1);
    if (!block || block.isClosed) {
      block = new Block<S>(this);
      this.blocks.push(block);
    }
    return block;
  }

  /** Whether no block has a time between these. */
  hasRoom(first: number, last: number): boolean {
    return this.blocks.every((block) => block.last < first || block.times[0]! > last);
  }

  /** Takes a block of an earlier process. There must be room for it. */
  insert(block: Block<S>): void {
    const later = this.blocks.findIndex(({ times }) => times[0]! > block.last);
    this.blocks.splice(later < 0 ? this.blocks.length : later, 0, block);
    this.last = Math.max(this.last, block.last);
  }

  /** Adds a time, which must be later than all others, to the open block. Returns its number there. */
  add(time: number): number {
    const { open } = this;
    open.times[open.length] = time;
    this.last = time;
    return open.length++;
  }
}
