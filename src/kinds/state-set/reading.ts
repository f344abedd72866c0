import { readCell } from '../../pages/thread-reader.ts';
import { blocksOf, type FamilyView, type ReadingKind } from '../kind.ts';
import {
  areStates,
  isOn,
  STATES_TIME,
  STATES_WORDS,
  type StateSetShape,
  stateSetKind,
} from './shape.ts';
import { soleThreadStateSet } from './sole-thread.ts';

/** Of several threads the one that has set a series last counts. */
export const readingStateSet: ReadingKind<StateSetShape> = {
  ...soleThreadStateSet,
  read(family, values, width, from, to) {
    const { shape } = family.definition;
    for (let series = from; series < to; series++) {
      const words = latestWords(family, series);
      for (let i = 0; i < width; i++) values[series * width + i] = +isOn(shape, i, words, 0);
    }
  },
  claims: {
    shape: ({ states, multiple }) =>
      areStates(states) ? { states: [...states], multiple: multiple === true } : undefined,
    isCell: (value, cell) =>
      value >= 0 && (cell === STATES_TIME ? value < Infinity : Number.isSafeInteger(value)),
  },
};

/** Returns the words of the thread that has set the series last; none if no thread has. */
function latestWords(family: FamilyView<StateSetShape>, series: number): readonly number[] {
  const { definition, threads, overflow } = family;
  const cells = stateSetKind.cells(definition.shape);
  let latest = 0;
  let words: number[] = [];
  for (const thread of threads) {
    for (const address of blocksOf(thread, series, series === overflow)) {
      const cell = (i: number) => {
        const value = readCell(thread.reader, address, i);
        return thread.sound?.(value, i) ?? value;
      };
      // RACE: the time is read first. The writer stores it after the words, so that the words read here are
      // at least as new as the time. Each is read once, so that all states come from the same ones.
      const time = cell(STATES_TIME);
      if (time <= latest) continue;
      latest = time;
      words = [];
      for (let i = STATES_WORDS; i < cells; i++) words.push(cell(i));
    }
  }
  return words;
}
