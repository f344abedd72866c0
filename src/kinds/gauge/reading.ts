import type { ReadingKind } from '../kind.ts';
import { addUp } from '../sums.ts';
import { type GaugeShape, gaugeKind } from './shape.ts';

/** The value of the only thread is that of all threads, however they combine. */
export const soleGauge: ReadingKind<GaugeShape> = {
  ...gaugeKind,
  data: () => ({ data: 'number' }),
  read: addUp,
};
