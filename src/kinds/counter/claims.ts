import { addUpSound, countedSince } from '../claimed-sums.ts';
import type { ReadingKind } from '../kind.ts';
import { soleCounter } from './reading.ts';

const isCount = (value: number) => value >= 0 && value < Infinity;

export const counter: ReadingKind = {
  ...soleCounter,
  read: addUpSound,
  claims: {
    shape: () => ({}),
    isCell: isCount,
    isRetained: (block) => block.every(isCount),
    since: (before, now) => countedSince(before, now),
  },
};
