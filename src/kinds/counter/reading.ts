import type { ReadingKind } from '../kind.ts';
import { addUp, sumOf } from '../sums.ts';
import { counterKind } from './shape.ts';

export const soleCounter: ReadingKind = {
  ...counterKind,
  data: () => ({ data: 'number' }),
  read: addUp,
  retain: sumOf,
};
