import type { Combine } from '../../model.ts';
import { readCell } from '../../pages/thread-reader.ts';
import { blocksOf, type FamilyView, type ReadingKind } from '../kind.ts';
import { addUp } from '../sums.ts';
import { COMBINES, GAUGE_TIME, type GaugeShape } from './shape.ts';
import { soleThreadGauge } from './sole-thread.ts';

export const readingGauge: ReadingKind<GaugeShape> = {
  ...soleThreadGauge,
  read(family, values, width, from, to) {
    if (family.definition.shape.combine === 'sum') addUp(family, values, width, from, to);
    else for (let series = from; series < to; series++) values[series] = combined(family, series);
  },
  claims: {
    shape: ({ combine = 'sum', expires }) =>
      COMBINES.includes(combine as Combine)
        ? { combine: combine as Combine, ...(expires === true && { expires }) }
        : undefined,
  },
};

/** The value over all threads. A thread that never set it does not count; if none has, the value is 0. */
function combined(family: FamilyView<GaugeShape>, series: number): number {
  const { combine } = family.definition.shape;
  const isOverflow = series === family.overflow;
  // RACE: the time is read first. The writer stores it after the value, so that the value read here is
  // at least as new as the time.
  const set = [...family.threads]
    .flatMap((thread) =>
      blocksOf(thread, series, isOverflow).map((address) => ({
        time: readCell(thread.reader, address, GAUGE_TIME),
        value: readCell(thread.reader, address, 0),
      })),
    )
    .filter(({ time }) => time > 0);
  if (set.length === 0) return 0;
  const values = set.map(({ value }) => value);
  if (combine === 'min' || combine === 'max') return Math[combine](...values);
  if (combine === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return set.reduce((last, next) => (next.time > last.time ? next : last)).value;
}
