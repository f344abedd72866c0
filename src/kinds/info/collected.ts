import type { CollectedKind } from '../collected-kind.ts';
import { BoundInfo } from './recording.ts';

/** A series is there if it is named; there is nothing to write. */
export const collectedInfo: CollectedKind<1> = {
  series: BoundInfo,
  demand: '{ labels } for each series',
  read: (_, { value = 1 }) => (value === 1 ? value : undefined),
  together: (one) => one,
  write() {},
};
