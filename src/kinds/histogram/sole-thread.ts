import type { ReadingKind } from '../kind.ts';
import { addUp, sumOf } from '../sums.ts';
import { type HistogramShape, histogramKind } from './shape.ts';

export const soleThreadHistogram: ReadingKind<HistogramShape> = {
  ...histogramKind,
  data: ({ buckets }) => ({ data: 'buckets', buckets }),
  read: addUp,
  retain: sumOf,
};
