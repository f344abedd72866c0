import type { Frame } from './frame.ts';
import { Grid } from './grid.ts';
import { LONGEST_PIECE } from './longest-piece.ts';
import type { Run } from './run.ts';

/**
 * Evaluates something over a long frame piece by piece. What an expression is at one time does not depend on the
 * other times, but for an error: series that are never there at the same time may have the same labels in the result.
 */
export async function inPieces(
  run: Run,
  frame: Frame,
  evaluate: (piece: Frame) => Promise<Grid>,
): Promise<Grid> {
  const { step, count } = frame;
  const result = new Grid(run.budget, count, 1);
  const rows = new Map<string, number>();
  for (let first = 0; first < count; first += LONGEST_PIECE) {
    const steps = Math.min(LONGEST_PIECE, count - first);
    const piece = await evaluate({ start: frame.start + first * step, step, count: steps });
    for (let row = 0; row < piece.rows; row++) {
      const key = `${piece.nameless[row]} ${piece.labels[row]!.key}`;
      let to = rows.get(key);
      if (to === undefined) {
        to = result.add(piece.labels[row]!, piece.nameless[row]);
        rows.set(key, to);
      }
      result.paste(to + first, piece, row);
    }
    piece.release();
    if (run.spent(piece.rows * steps)) await run.pause();
  }
  return result;
}
