import type { NativeHistogram } from '../../model.ts';
import { countsOf, totalOf } from './merged-counts.ts';
import { blockWith, countsIn } from './native-counts.ts';
import { addCounts } from './native-sums.ts';
import { nativeHistogram } from './native-value.ts';
import type { NativeReading } from './reading-code.ts';
import { readRecent } from './recent-quantiles.ts';

export const nativeReading: NativeReading = {
  read(family, shape, classic, values, from, to) {
    const width = classic === 0 ? 2 : classic + 1;
    const natives: NativeHistogram[] = [];
    for (let series = from; series < to; series++) {
      const counts = countsOf(family, series, shape, classic);
      values[series * width] = counts.sum;
      values.set(classic > 0 ? counts.classic : [totalOf(counts)], series * width + 1);
      natives.push(nativeHistogram(counts, shape));
    }
    return natives;
  },
  readRecent,
  retain(before, block, shape, classic) {
    if (!before) return [...block];
    const [a, b] = [before, block].map((one) => countsIn(one, 0, shape, classic));
    return blockWith(addCounts(a!, b!, shape));
  },
  merge: (family, series, shape, classic) => blockWith(countsOf(family, series, shape, classic)),
};
