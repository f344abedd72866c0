import type { CollectedKind } from '../collected-kind.ts';
import { BoundCounter } from './recording.ts';

/** The total as its source has it. */
export const collectedCounter: CollectedKind<number> = {
  series: BoundCounter,
  demand: 'the total as a finite number of 0 or more, or { value, labels } for each series',
  read: (_, { value }) =>
    typeof value === 'number' && value >= 0 && value < Infinity ? value : undefined,
  together: (one, other) => one + other,
  write(series: BoundCounter, total) {
    // The source has started anew, and so does the series.
    if (total < series.value) series.reset();
    // RACE: this thread is the only writer of this cell. The object then takes over what is in it.
    series.cells[series.index] = total;
    series.load();
  },
};
