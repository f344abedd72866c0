import { indexOf, pageOf } from '../../pages/layout.ts';
import { NO_ADDRESS, type ReadingKind } from '../kind.ts';
import { isOn, STATES_WORDS, type StateSetShape, stateSetKind } from './shape.ts';

/** Reads state sets of a single thread, whose word always counts. */
export const soleThreadStateSet: ReadingKind<StateSetShape> = {
  ...stateSetKind,
  data: ({ states }) => ({ data: 'states', states }),
  read({ definition, threads }, values, width, from, to) {
    for (const { reader, addresses } of threads) {
      for (let series = from; series < to; series++) {
        const address = addresses[series] ?? NO_ADDRESS;
        if (address === NO_ADDRESS) continue;
        const cells = reader.pages[pageOf(address)]!;
        const first = indexOf(address) + STATES_WORDS;
        for (let i = 0; i < width; i++) {
          values[series * width + i] = +isOn(definition.shape, i, cells, first);
        }
      }
    }
  },
};
