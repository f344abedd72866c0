import { lostAfter } from '../histogram/compensated.ts';

/** Collects the floats of many cells, each on its own. */
export interface Accumulator {
  /** @param count how many floats the cell has had before */
  add(cell: number, value: number, count: number): void;
  /** @param count how many floats the cell has had */
  result(cell: number, count: number): number;
}

const sum = (cells: number): Accumulator => {
  const sums = new Float64Array(cells);
  const rests = new Float64Array(cells);
  return {
    add(cell, value) {
      const before = sums[cell]!;
      const total = before + value;
      rests[cell] = lostAfter(before, value, total, rests[cell]!);
      sums[cell] = total;
    },
    result: (cell) => sums[cell]! + rests[cell]!,
  };
};

/** Goes over to the mean itself in cells whose sum becomes too large for a float. */
const avg = (cells: number): Accumulator => {
  const sums = new Float64Array(cells);
  const rests = new Float64Array(cells);
  const isMean = new Uint8Array(cells);
  return {
    add(cell, value, count) {
      const before = sums[cell]!;
      const total = before + value;
      if (isMean[cell] === 0) {
        if (count === 0 || Math.abs(total) !== Infinity) {
          rests[cell] = lostAfter(before, value, total, rests[cell]!);
          sums[cell] = total;
          return;
        }
        isMean[cell] = 1;
        sums[cell] = before / count;
        rests[cell]! /= count;
      }
      const scale = count / (count + 1);
      const scaled = scale * sums[cell]!;
      const part = value / (count + 1);
      sums[cell] = scaled + part;
      rests[cell] = lostAfter(scaled, part, scaled + part, scale * rests[cell]!);
    },
    result: (cell, count) =>
      isMean[cell] === 1 ? sums[cell]! + rests[cell]! : sums[cell]! / count + rests[cell]! / count,
  };
};

const extreme =
  (sign: 1 | -1) =>
  (cells: number): Accumulator => {
    const found = new Float64Array(cells);
    return {
      add(cell, value, count) {
        const other = found[cell]!;
        if (count === 0 || value * sign > other * sign || Number.isNaN(other)) found[cell] = value;
      },
      result: (cell) => found[cell]!,
    };
  };

/** Welford's way. */
const variance =
  (finish: (variance: number) => number) =>
  (cells: number): Accumulator => {
    const means = new Float64Array(cells);
    const squares = new Float64Array(cells);
    return {
      add(cell, value, count) {
        if (count === 0) {
          means[cell] = value;
          squares[cell] = Number.isFinite(value) ? 0 : Number.NaN;
          return;
        }
        const delta = value - means[cell]!;
        means[cell]! += delta / (count + 1);
        squares[cell]! += delta * (value - means[cell]!);
      },
      result: (cell, count) => finish(squares[cell]! / count),
    };
  };

const NOTHING = () => {};

export const ACCUMULATORS = {
  sum,
  avg,
  min: extreme(-1),
  max: extreme(1),
  stdvar: variance((value) => value),
  stddev: variance(Math.sqrt),
  count: (): Accumulator => ({ add: NOTHING, result: (_, count) => count }),
  group: (): Accumulator => ({ add: NOTHING, result: () => 1 }),
};
