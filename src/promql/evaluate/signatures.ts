import type { Matching } from '../ast.ts';
import type { Grid } from './grid.ts';
import { NAME, type Projection, projection } from './projection.ts';

/** The labels by which the two sides of an operation are matched. */
export function signatureOf({ on, labels }: Matching): Projection {
  return on ? projection(true, labels) : projection(false, [NAME, ...labels]);
}

/** The two sides of an operation. Of each signature, side `one` may have one sample at a time. */
export interface Sides {
  readonly many: Grid;
  readonly one: Grid;
  readonly isSwapped: boolean;
  /** The rows of `one` by their signature. */
  readonly oneRows: readonly number[][];
  /** The rows of `many` by their signature. */
  readonly manyRows: readonly number[][];
}

/** Gives each row the number of its signature. Rows of both grids that match have the same number. */
export function signatures(
  matching: Matching,
  left: Grid,
  right: Grid,
): { left: Int32Array; right: Int32Array; count: number } {
  const project = signatureOf(matching);
  const numbers = new Map<string, number>();
  const numbered = ({ labels }: Grid) =>
    Int32Array.from(labels, (one) => {
      const { key } = project(one);
      let number = numbers.get(key);
      if (number === undefined) numbers.set(key, (number = numbers.size));
      return number;
    });
  return { left: numbered(left), right: numbered(right), count: numbers.size };
}
