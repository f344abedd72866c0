import { bytesOf } from './float-histograms.ts';
import { Row, RowGroup } from './row.ts';
import { isPause, type Sampler } from './sampler.ts';
import { histogramsIn, type Segment } from './segment-reader.ts';
import type { SlabHead } from './segment-writer.ts';
import { Slab } from './slab.ts';
import type { Store } from './store.ts';
import { Block, Timeline } from './timeline.ts';

/** The number of the timeline of collection runs. */
export const RUNS = 0;

/** Puts what earlier processes have left into a store. Segments must come in the order of their times. */
export class Restorer {
  readonly #store: Store;
  readonly #sampler: Sampler;
  /** The timelines of each writer. */
  readonly #timelines = new Map<string, Timeline<Slab>>();
  #lastRuns: Block<Slab> | undefined;

  constructor(store: Store, sampler: Sampler) {
    this.#store = store;
    this.#sampler = sampler;
  }

  restore({ head, labels, columns }: Segment): void {
    for (const [i, { timeline: number, times, slabs }] of head.blocks.entries()) {
      const timeline = this.#timelineOf(head.writer, number, times);
      const block = new Block(timeline);
      block.times = Float64Array.from(times);
      block.length = times.length;
      block.isClosed = true;
      this.#store.insert(block);
      for (const [j, slab] of slabs.entries()) {
        const rows = slab.series.map((series) => this.#rowOf(labels[series]!, timeline, number));
        this.#restoreSlab(block, slab, rows, columns[i]![j]!);
      }
      if (number !== RUNS) continue;
      if (this.#lastRuns) this.#markPause(this.#lastRuns, times[0]!);
      this.#lastRuns = block;
    }
  }

  /** Takes over the series that had samples to the end. */
  #rowOf(labels: Row<Slab>['labels'], timeline: Timeline<Slab>, number: number): Row<Slab> {
    const known = this.#store.index.get(labels);
    if (known) return known;
    const row = this.#store.row(labels, timeline);
    if (row) row.isAdded = number !== RUNS;
    // A series for which there is no room has a place in its slab, but nobody finds it.
    return row ?? new Row(labels, timeline);
  }

  #restoreSlab(
    block: Block<Slab>,
    head: SlabHead,
    rows: readonly Row<Slab>[],
    columns: Uint8Array,
  ): void {
    const { begin, ends, stale, histograms } = head;
    const isFree = rows.map(
      (row, i) => !overlaps(row, block.times[begin]!, block.times[ends[i]! - 1]!),
    );
    const group = new RowGroup<Slab>(rows, histograms !== undefined);
    const slab = new Slab(block, begin, group, false);
    for (const [i, end] of ends.entries()) slab.finish(i, end, stale[i] === 1);
    if (histograms) {
      for (const [i, heads] of histograms.entries()) {
        const own = slab.histograms![i]!;
        for (const one of histogramsIn(heads)) {
          slab.histogramBytes += bytesOf(one, own.at(-1));
          own.push(one);
        }
      }
    } else {
      slab.restore(columns);
    }
    for (const [i, row] of rows.entries()) {
      // Two tabs may have had the same series at the same time. Only one of them counts.
      if (!isFree[i]) slab.finish(i, begin, false);
      inOrder(row);
    }
    this.#store.inserted(slab);
  }

  /**
   * Says that nothing more comes. The series that had samples to the end go on with the next run, or end there. If
   * that is long ago, they have ended then.
   * @param now milliseconds since 1970
   */
  finish(now: number): void {
    const block = this.#lastRuns;
    if (!block) return;
    this.#markPause(block, now);
    const rows = this.#live(block).map(({ row }) => row);
    this.#sampler.adopt(rows.filter(({ isSampled }) => !isSampled));
  }

  /** Ends the series of a block if the next run was, or will be, long after it. */
  #markPause(block: Block<Slab>, next: number): void {
    const { length, last, times } = block;
    const usual = last - (times[length - 2] ?? last);
    if (usual === 0 || !isPause(next - last, usual)) return;
    for (const { slab, index } of this.#live(block)) slab.finish(index, length + 1, true);
    this.#store.extend(block, last + usual);
  }

  /** Returns the series that had samples to the end of a block, and where they are. */
  #live({ slabs, length }: Block<Slab>) {
    return slabs.flatMap((slab) =>
      slab.group.rows
        .map((row, index) => ({ slab, row, index }))
        .filter(({ index }) => slab.end(index) === length && !slab.isStale(index)),
    );
  }

  /** Returns the timeline that a block had, unless it does not fit among those that are there. */
  #timelineOf(writer: string, number: number, times: readonly number[]): Timeline<Slab> {
    const key = `${writer} ${number}`;
    const known = number === RUNS ? this.#sampler.timeline : this.#timelines.get(key);
    if (known?.hasRoom(times[0]!, times.at(-1)!)) return known;
    const timeline = new Timeline<Slab>();
    this.#timelines.set(key, timeline);
    return timeline;
  }
}

/** Whether a series has samples in that time. */
function overlaps({ groups, indexes }: Row<Slab>, first: number, last: number): boolean {
  return groups.some(({ slabs }, i) =>
    slabs.some((slab) => {
      const { begin, block } = slab;
      const end = slab.end(indexes[i]!);
      return end > begin && block.times[begin]! <= last && block.times[end - 1]! >= first;
    }),
  );
}

/** Puts the group that has come last where its time is. */
function inOrder({ groups, indexes }: Row<Slab>): void {
  const group = groups.pop()!;
  const index = indexes.pop()!;
  const start = ({ slabs: [first] }: RowGroup<Slab>) => first!.block.times[first!.begin]!;
  const later = groups.findIndex((other) => start(other) > start(group));
  const at = later < 0 ? groups.length : later;
  groups.splice(at, 0, group);
  indexes.splice(at, 0, index);
}
