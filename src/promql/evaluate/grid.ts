import type { FloatHistogram } from '../histogram/float-histogram.ts';
import type { LabelSet } from '../label-set.ts';
import { QueryError } from '../query-error.ts';
import { SampleKind } from '../source.ts';
import type { Budget } from './budget.ts';
import { NO_LABELS } from './projection.ts';

/**
 * A vector at all times of a frame: a row for each series, and a cell for each time. A scalar is a row without
 * labels.
 */
export class Grid {
  readonly labels: LabelSet[] = [];
  /** The cells of row after row. What they hold says `kinds`: floats, histograms, or nothing. */
  values: Float64Array;
  kinds: Uint8Array;
  /** At the numbers of their cells. Absent if there is no histogram. */
  histograms: FloatHistogram[] | undefined;
  /** Whether the name of each row goes at the end of the query. */
  readonly nameless: boolean[] = [];
  readonly steps: number;
  readonly #budget: Budget;
  #isReleased = false;

  constructor(budget: Budget, steps: number, rows = 1) {
    this.#budget = budget;
    this.steps = steps;
    const cells = Math.min(rows * steps, Math.max(steps, budget.left + steps));
    this.values = new Float64Array(cells);
    this.kinds = new Uint8Array(cells).fill(SampleKind.Absent);
  }

  get rows(): number {
    return this.labels.length;
  }

  /** Adds a row without samples. Returns the number of its first cell. */
  add(labels: LabelSet, nameless = false): number {
    const begin = this.labels.length * this.steps;
    this.#budget.take(this.steps);
    if (begin + this.steps > this.values.length) this.#grow();
    this.labels.push(labels);
    this.nameless.push(nameless);
    return begin;
  }

  /** Takes the last row away if it has no sample. */
  dropIfEmpty(): boolean {
    if (!this.isEmpty(this.rows - 1)) return false;
    this.labels.pop();
    this.nameless.pop();
    this.#budget.give(this.steps);
    return true;
  }

  isEmpty(row: number): boolean {
    for (let i = row * this.steps; i < (row + 1) * this.steps; i++) {
      if (this.kinds[i] !== SampleKind.Absent) return false;
    }
    return true;
  }

  put(cell: number, value: number): void {
    this.values[cell] = value;
    this.kinds[cell] = SampleKind.Float;
  }

  putHistogram(cell: number, histogram: FloatHistogram): void {
    this.histograms ??= [];
    this.histograms[cell] = histogram;
    this.kinds[cell] = SampleKind.Histogram;
  }

  /** Copies a cell of another grid. */
  copy(cell: number, from: Grid, other: number): void {
    const kind = from.kinds[other]!;
    this.kinds[cell] = kind;
    if (kind === SampleKind.Histogram) this.putHistogram(cell, from.histograms![other]!);
    else this.values[cell] = from.values[other]!;
  }

  /** Copies a row of another grid, whose steps may be fewer. */
  paste(cell: number, from: Grid, row: number): void {
    const [begin, end] = [row * from.steps, (row + 1) * from.steps];
    this.values.set(from.values.subarray(begin, end), cell);
    this.kinds.set(from.kinds.subarray(begin, end), cell);
    if (!from.histograms) return;
    this.histograms ??= [];
    for (let i = begin; i < end; i++) {
      const histogram = from.kinds[i] === SampleKind.Histogram && from.histograms[i];
      if (histogram) this.histograms[cell + i - begin] = histogram;
    }
  }

  /** Gives back what it counts for, once nothing reads it any more. */
  release(): void {
    if (!this.#isReleased) this.#budget.give(this.rows * this.steps);
    this.#isReleased = true;
  }

  /** Returns a grid of rows that stay the same for so many times. It has one time itself. */
  repeated(steps: number): Grid {
    const all = new Grid(this.#budget, steps, this.rows);
    for (let row = 0; row < this.rows; row++) {
      const begin = all.add(this.labels[row]!, this.nameless[row]);
      all.copy(begin, this, row);
      all.values.fill(all.values[begin]!, begin, begin + steps);
      all.kinds.fill(all.kinds[begin]!, begin, begin + steps);
      const histogram = this.histograms?.[row];
      if (histogram) for (let k = 1; k < steps; k++) all.histograms![begin + k] = histogram;
    }
    this.release();
    return all;
  }

  /**
   * Returns a grid where rows with the same labels are one, and rows without samples are not.
   * @throws QueryError if two of them have a sample at the same time
   */
  merged(): Grid {
    const rowOf = new Map<string, number>();
    for (let row = 0; row < this.rows; row++) rowOf.set(this.labels[row]!.key, row);
    if (rowOf.size === this.rows) return this;
    rowOf.clear();
    const { steps } = this;
    const result = new Grid(this.#budget, steps, this.rows);
    for (let row = 0; row < this.rows; row++) {
      if (this.isEmpty(row)) continue;
      const labels = this.labels[row]!;
      const known = rowOf.get(labels.key);
      const begin = known === undefined ? result.add(labels, this.nameless[row]) : known * steps;
      if (known === undefined) rowOf.set(labels.key, result.rows - 1);
      for (let k = 0; k < steps; k++) {
        if (this.kinds[row * steps + k] === SampleKind.Absent) continue;
        if (result.kinds[begin + k] !== SampleKind.Absent) {
          throw new QueryError('execution', SAME_LABELS);
        }
        result.copy(begin + k, this, row * steps + k);
      }
    }
    this.release();
    return result;
  }

  /** Returns a grid of the rows that have samples. */
  withoutEmptyRows(): Grid {
    const full = [...this.labels.keys()].filter((row) => !this.isEmpty(row));
    return full.length === this.rows ? this : this.only(full);
  }

  /** Returns a grid of some of the rows, in this order. */
  only(rows: readonly number[]): Grid {
    const result = new Grid(this.#budget, this.steps, rows.length);
    for (const row of rows) {
      const cell = result.add(this.labels[row]!, this.nameless[row]);
      for (let k = 0; k < this.steps; k++) result.copy(cell + k, this, row * this.steps + k);
    }
    this.release();
    return result;
  }

  #grow(): void {
    const cells = Math.max(this.values.length * 2, this.steps * 4);
    const values = new Float64Array(cells);
    values.set(this.values);
    const kinds = new Uint8Array(cells).fill(SampleKind.Absent, this.kinds.length);
    kinds.set(this.kinds);
    this.values = values;
    this.kinds = kinds;
  }
}

/** What Prometheus says of series that cannot be told apart. */
export const SAME_LABELS = 'vector cannot contain metrics with the same labelset';

/** Returns a scalar: a grid of one row, all of whose cells are written. */
export function scalarGrid(budget: Budget, steps: number, valueAt: (step: number) => number): Grid {
  const grid = new Grid(budget, steps, 1);
  grid.add(NO_LABELS);
  for (let k = 0; k < steps; k++) grid.put(k, valueAt(k));
  return grid;
}
