import type { CollectedKind } from '../collected-kind.ts';
import { BoundStateSet } from './recording.ts';
import {
  STATES_PER_WORD,
  STATES_TIME,
  STATES_WORDS,
  type StateSetShape,
  stateSetKind,
} from './shape.ts';

/** The words of a block: which states are on. */
export const collectedStateSet: CollectedKind<readonly number[]> = {
  series: BoundStateSet,
  demand:
    'the name of a state, or { value, labels } for each series; if several states may be on, value may be a list',
  read({ shape }, { value }) {
    const { states, multiple } = shape as StateSetShape;
    const given: readonly unknown[] = Array.isArray(value) ? value : [value];
    // `map` would skip holes.
    const on = new Set(Array.from(given, (state) => states.indexOf(state as string)));
    if (on.has(-1) || (!multiple && on.size !== 1)) return undefined;
    if (!multiple) return [...on];
    const words = new Array<number>(stateSetKind.cells(shape as StateSetShape) - STATES_WORDS);
    words.fill(0);
    for (const i of on) words[Math.floor(i / STATES_PER_WORD)]! += 2 ** (i % STATES_PER_WORD);
    return words;
  },
  together: (_, last) => last,
  write({ cells, index }, words) {
    // RACE: each word is stored at once, and the time last, as when the application sets a state.
    words.forEach((word, i) => {
      cells[index + STATES_WORDS + i] = word;
    });
    cells[index + STATES_TIME] = performance.timeOrigin + performance.now() || 1;
  },
};
