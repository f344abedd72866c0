import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { bytesOf, sharing } from './float-histograms.ts';
import type { AddedSample } from './history-part.ts';
import type { Row } from './row.ts';
import { lastOf, type Slab } from './slab.ts';
import type { Store } from './store.ts';
import type { Timeline } from './timeline.ts';

/** A series that has a sample now and had none before, or none lately. */
interface Beginning {
  readonly row: Row<Slab>;
  readonly value: AddedSample['value'];
}

/** Adds samples that come from elsewhere than from metrics. Series that begin together share their times. */
export class Appender {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param time milliseconds since 1970 */
  append(time: number, samples: readonly AddedSample[]): void {
    const store = this.#store;
    let shared: Timeline<Slab> | undefined;
    const beginning = new Map<Timeline<Slab>, Beginning[]>();
    for (const { labels, value } of samples) {
      const isStale = value === 'stale';
      const known = store.index.get(labels);
      if (isStale && (!known || isEnded(known))) continue;
      // What a metric has comes from nowhere else.
      if (known?.isSampled || (known && time <= lastOf(known))) {
        store.dropped.order++;
        continue;
      }
      const row = known ?? store.row(labels, (shared ??= store.timeline()));
      if (!row) {
        store.dropped.full++;
        continue;
      }
      if (!known) row.isAdded = true;
      if (!row.isAdded || time < row.timeline.last) {
        // It was the series of a metric before, or those that share its times are ahead.
        row.isAdded = true;
        row.timeline = shared ??= store.timeline();
      }
      const { timeline } = row;
      if (timeline.last < time) store.add(timeline, time);
      store.taken++;
      store.samples++;
      if (this.#continues(row, value)) continue;
      const others = beginning.get(timeline);
      if (others) others.push({ row, value });
      else beginning.set(timeline, [{ row, value }]);
    }
    for (const [timeline, rows] of beginning) this.#begin(timeline, rows);
    store.pack();
  }

  /** Writes a sample behind the one before it, if that belongs to the time before and is of the same kind. */
  #continues(row: Row<Slab>, value: AddedSample['value']): boolean {
    const { slab, index } = row;
    const { open } = row.timeline;
    const slot = open.length - 1;
    if (slab?.block !== open || slab.end(index) !== slot || slab.isStale(index)) return false;
    const isOther = value !== 'stale' && slab.group.hasHistograms !== isHistogram(value);
    if (isOther) return false;
    this.#store.reach(slab);
    this.#write(slab, index, slot, value);
    return true;
  }

  #begin(timeline: Timeline<Slab>, beginning: readonly Beginning[]): void {
    const slot = timeline.open.length - 1;
    for (const hasHistograms of [false, true]) {
      const some = beginning.filter(({ value }) => isHistogram(value) === hasHistograms);
      const rows = some.map(({ row }) => row);
      this.#store.begin(timeline, rows, hasHistograms);
      for (const { row, value } of some) this.#write(row.slab!, row.index, slot, value);
    }
  }

  #write(slab: Slab, index: number, slot: number, value: AddedSample['value']): void {
    if (isHistogram(value)) this.#writeHistogram(slab, index, value);
    else if (value !== 'stale') slab.data![index * slab.room + slot - slab.begin] = value;
    slab.finish(index, slot + 1, value === 'stale');
  }

  #writeHistogram(slab: Slab, index: number, value: FloatHistogram): void {
    const own = slab.histograms![index]!;
    const before = own.at(-1);
    const histogram = sharing(value, before);
    own.push(histogram);
    this.#store.grown(slab, bytesOf(histogram, before));
  }
}

function isEnded({ slab, index }: Row<Slab>): boolean {
  return !slab || slab.isStale(index);
}

const isHistogram = (value: AddedSample['value']): value is FloatHistogram =>
  typeof value === 'object';
