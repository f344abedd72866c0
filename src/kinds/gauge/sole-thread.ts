import type { ReadingKind } from '../kind.ts';
import { addUp } from '../sums.ts';
import { type GaugeShape, gaugeKind } from './shape.ts';

/** Reads gauges of a single thread. Its value is the value over all threads, whatever `combine` is. */
export const soleThreadGauge: ReadingKind<GaugeShape> = {
  ...gaugeKind,
  data: () => ({ data: 'number' }),
  read: addUp,
};
