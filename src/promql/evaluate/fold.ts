import type { Grid } from './grid.ts';
import { LONGEST_PIECE } from './longest-piece.ts';
import type { View } from './view.ts';

/** Goes through the floats of a window, some of them at a time, and keeps what it needs to know of those before. */
export interface Fold {
  /** Begins with the first float of the window. */
  begin(view: View): void;
  /** Takes the floats with the numbers from `from` up to `to`. */
  take(view: View, from: number, to: number): void;
  /** Returns the result for the window, all of whose floats it has taken. */
  result(view: View): number;
}

/**
 * Writes what a fold makes of a window into a cell. If the window is long, the thread does other things meanwhile.
 * @param make makes the fold. All short windows share one, so that each costs no object
 */
export function folded(
  make: () => Fold,
): (view: View, grid: Grid, cell: number) => void | Promise<void> {
  const shared = make();
  return (view, grid, cell) => {
    if (view.high - view.low > LONGEST_PIECE) return inPieces(make(), view, grid, cell);
    shared.begin(view);
    shared.take(view, view.low, view.high);
    grid.put(cell, shared.result(view));
  };
}

async function inPieces(fold: Fold, view: View, grid: Grid, cell: number): Promise<void> {
  const { run, low, high } = view;
  fold.begin(view);
  for (let from = low; from < high; from += LONGEST_PIECE) {
    const to = Math.min(high, from + LONGEST_PIECE);
    fold.take(view, from, to);
    if (run.spent(to - from)) await run.pause();
  }
  grid.put(cell, fold.result(view));
}
