import type { Kind } from '../kind.ts';

export const COUNTER_CELLS = 1;

/** A value that only goes up, in one cell. */
export const counterKind: Kind = {
  type: 'counter',
  cells: () => COUNTER_CELLS,
  activity: (cells, index) => cells[index]!,
};
