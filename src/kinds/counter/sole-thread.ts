import type { ReadingKind } from '../kind.ts';
import { addUp, sumOf } from '../sums.ts';
import { counterKind } from './shape.ts';

export const soleThreadCounter: ReadingKind = {
  ...counterKind,
  data: () => ({ data: 'number' }),
  read: addUp,
  retain: sumOf,
};
