import { addUpSound, countedSince } from '../claimed-sums.ts';
import type { ReadingKind } from '../kind.ts';
import { soleThreadCounter } from './sole-thread.ts';

const isCount = (value: number) => value >= 0 && value < Infinity;

export const readingCounter: ReadingKind = {
  ...soleThreadCounter,
  read: addUpSound,
  claims: {
    shape: () => ({}),
    isCell: isCount,
    isRetained: (block) => block.every(isCount),
    since: (before, now) => countedSince(before, now),
  },
};
