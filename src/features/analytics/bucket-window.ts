import { subtract } from '../../promql/histogram/arithmetic.ts';
import { isReset } from '../../promql/histogram/counter-reset.ts';
import { CUSTOM_BOUNDS, type FloatHistogram } from '../../promql/histogram/float-histogram.ts';

/** Of fewer observations a quantile says little. So a window spans several runs if these bring few. */
const LEAST = 20;
/** With that schema, buckets are told apart as cells of a distribution: there are four for each doubling. */
const CELL_SCHEMA = 2;
const ZERO_CELL = -100_000;

/** What is odd about the buckets of our own histograms is told by nobody: no query has asked for them. */
export const unnoted = () => {};

/** Gathers the observations of a histogram in windows that have enough of them. */
export class BucketWindow {
  #begin: FloatHistogram | undefined;

  /**
   * @param histogram all that was observed so far
   * @param goesOn whether the run before counts, as after a pause it does not
   * @returns what was observed in the window that ends now; `undefined` if it goes on
   */
  next(histogram: FloatHistogram, goesOn: boolean): FloatHistogram | undefined {
    const begin = this.#begin;
    if (!begin || !goesOn || isReset(histogram, begin)) {
      this.#begin = histogram;
      return undefined;
    }
    if (!(histogram.count - begin.count >= LEAST)) return undefined;
    this.#begin = histogram;
    return subtract(histogram, begin, unnoted);
  }
}

/** Returns how many observations are in each cell of a distribution. Cells stay the same if the schema changes. */
export function cellsOf(histogram: FloatHistogram): Map<number, number> {
  const { schema, positive, negative, zeroCount } = histogram;
  const cells = new Map<number, number>();
  const add = (cell: number, count: number) => {
    if (count > 0) cells.set(cell, (cells.get(cell) ?? 0) + count);
  };
  const narrower = schema === CUSTOM_BOUNDS ? 0 : Math.max(0, schema - CELL_SCHEMA);
  const cellOf = (index: number) => ((index - 1) >> narrower) + 1;
  positive.indices.forEach((index, i) => {
    add(cellOf(index), positive.counts[i]!);
  });
  negative.indices.forEach((index, i) => {
    add(2 * ZERO_CELL - cellOf(index), negative.counts[i]!);
  });
  add(ZERO_CELL, zeroCount);
  return cells;
}
