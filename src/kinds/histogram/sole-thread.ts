import type { ReadingKind } from '../kind.ts';
import { loadedReading, type NativeReading } from '../native/reading-code.ts';
import { addUp, sumOf } from '../sums.ts';
import { classicCount, type HistogramShape, histogramKind } from './shape.ts';

export const soleThreadHistogram = histogramReadWith(addUp, () => loadedReading);

/**
 * @param add reads histograms without native buckets
 * @param natives reads the others
 */
export function histogramReadWith(
  add: typeof addUp,
  natives: () => NativeReading | undefined,
): ReadingKind<HistogramShape> {
  return {
    ...histogramKind,
    data: ({ buckets }) => ({ data: 'buckets', buckets }),
    read(family, values, width, from, to) {
      const { native, buckets } = family.definition.shape;
      if (!native) return add(family, values, width, from, to);
      return natives()?.read(family, native, classicCount(buckets), values, from, to);
    },
    retain: (before, block, { native, buckets }) =>
      (native && natives()?.retain(before, block, native, classicCount(buckets))) ??
      sumOf(before, block),
    merge(family, series) {
      const { native, buckets } = family.definition.shape;
      return native && natives()?.merge(family, series, native, classicCount(buckets));
    },
  };
}
