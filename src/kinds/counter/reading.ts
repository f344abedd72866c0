import { addUpSound, countedSince } from '../claimed-sums.ts';
import type { ReadingKind } from '../kind.ts';
import { COUNTER_CELLS } from './shape.ts';
import { soleThreadCounter } from './sole-thread.ts';

const isCount = (value: number) => value >= 0 && value < Infinity;

export const readingCounter: ReadingKind = {
  ...soleThreadCounter,
  read: addUpSound,
  claims: {
    shape: () => ({}),
    isCell: isCount,
    isRetained: (block) => block.length === COUNTER_CELLS && block.every(isCount),
    exemplarRange: (_, bucket) => (bucket === 0 ? [-Infinity, Infinity] : undefined),
    since: (before, now) => countedSince(before, now),
  },
};
