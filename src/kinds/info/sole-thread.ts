import type { ReadingKind } from '../kind.ts';
import { infoKind } from './shape.ts';

/** Its series go with their threads, and a reset changes nothing. Several threads with one are still 1. */
export const soleThreadInfo: ReadingKind = {
  ...infoKind,
  data: () => ({ data: 'number' }),
  read(_, values, width, from, to) {
    values.fill(1, from * width, to * width);
  },
};
