import type { CellReader } from '../pages/thread-reader.ts';

/** Of a series that a thread does not have. */
export const NO_ADDRESS = -1;

/** The blocks of cells that one thread holds of a family. */
export class ThreadBlocks {
  /** Of the cells; another one where they are not to be shown. */
  reader: CellReader;
  /** The address of its block by the number of the series, or `NO_ADDRESS`. */
  readonly addresses: number[] = [];
  /** Blocks of series for which the family had no room: all are part of the overflow series. */
  folded: number[] = [];
  /**
   * Adds what the cells hold to the values of the series between two; absent where that is trusted. Not a
   * check in the loop that all share, which makes that a tenth slower.
   */
  declare addTo?: (
    values: Float64Array,
    width: number,
    from: number,
    to: number,
    overflow: number,
  ) => void;

  constructor(reader: CellReader) {
    this.reader = reader;
  }

  set(series: number, address: number): void {
    for (let i = this.addresses.length; i < series; i++) this.addresses[i] = NO_ADDRESS;
    this.addresses[series] = address;
  }

  /** What it has at `from`, the last number there is, is now at `to`; what was there is gone. */
  move(from: number, to: number): void {
    const { addresses } = this;
    if (to < addresses.length) addresses[to] = addresses[from] ?? NO_ADDRESS;
    if (from < addresses.length) addresses.length = from;
  }

  /** Whether it has blocks of a series. */
  has(series: number, isOverflow: boolean): boolean {
    const hasAddress = (this.addresses[series] ?? NO_ADDRESS) !== NO_ADDRESS;
    return hasAddress || (isOverflow && this.folded.length > 0);
  }

  /** Its blocks of a series. */
  of(series: number, isOverflow: boolean): number[] {
    const address = this.addresses[series] ?? NO_ADDRESS;
    const own = address === NO_ADDRESS ? [] : [address];
    return isOverflow ? [...own, ...this.folded] : own;
  }
}
