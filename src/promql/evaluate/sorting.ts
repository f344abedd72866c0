import { LONGEST_PIECE } from './longest-piece.ts';
import type { Run } from './run.ts';

/** Sorts numbers, NaN last, and hands them on. If there are many, the thread does other things meanwhile. */
export function whenSorted(
  run: Run,
  numbers: Float64Array,
  use: (sorted: Float64Array) => void | Promise<void>,
): void | Promise<void> {
  if (numbers.length <= LONGEST_PIECE) return use(numbers.sort());
  return sortedInPieces(run, numbers).then(use);
}

/** Sorts pieces, and merges pairs of neighbours until one is left. */
async function sortedInPieces(run: Run, numbers: Float64Array): Promise<Float64Array> {
  const { length } = numbers;
  for (let low = 0; low < length; low += LONGEST_PIECE) {
    numbers.subarray(low, low + LONGEST_PIECE).sort();
    if (run.spent(LONGEST_PIECE)) await run.pause();
  }
  let [from, to]: [Float64Array, Float64Array] = [numbers, new Float64Array(length)];
  for (let size = LONGEST_PIECE; size < length; size *= 2) {
    for (let low = 0; low < length; low += 2 * size) {
      const middle = Math.min(low + size, length);
      const high = Math.min(middle + size, length);
      let [i, j] = [low, middle];
      for (let k = low; k < high; k++) {
        const isLeft = j === high || (i < middle && isInOrder(from[i]!, from[j]!));
        to[k] = from[isLeft ? i++ : j++]!;
        if (k % LONGEST_PIECE === 0 && run.spent(LONGEST_PIECE)) await run.pause();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

const isInOrder = (one: number, other: number) => one <= other || Number.isNaN(other);
