import type { CellReader } from '../pages/thread-reader.ts';

/** Of a series that a thread does not have. */
export const NO_PLACE = -1;

/** The blocks of cells that one thread holds of a family. */
export class ThreadBlocks {
  /** Of the cells; another one where they are not to be shown. */
  reader: CellReader;
  /** The place of its block by the number of the series, or `NO_PLACE`. */
  readonly places: number[] = [];
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

  set(series: number, place: number): void {
    for (let i = this.places.length; i < series; i++) this.places[i] = NO_PLACE;
    this.places[series] = place;
  }

  /** What it has at `from`, the last number there is, is now at `to`; what was there is gone. */
  move(from: number, to: number): void {
    const { places } = this;
    if (to < places.length) places[to] = places[from] ?? NO_PLACE;
    if (from < places.length) places.length = from;
  }

  /** Whether it has blocks of a series. */
  has(series: number, isOverflow: boolean): boolean {
    const isPlaced = (this.places[series] ?? NO_PLACE) !== NO_PLACE;
    return isPlaced || (isOverflow && this.folded.length > 0);
  }

  /** Its blocks of a series. */
  of(series: number, isOverflow: boolean): number[] {
    const place = this.places[series] ?? NO_PLACE;
    const own = place === NO_PLACE ? [] : [place];
    return isOverflow ? [...own, ...this.folded] : own;
  }
}
