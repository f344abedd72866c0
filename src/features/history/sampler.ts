import { numbersOf } from '../../formats/prometheus-text.ts';
import { type Labels, type MetricFamily, numbersPerSeries, type Snapshot } from '../../model.ts';
import { FamilyPlan } from './family-plan.ts';
import { bytesOf, floatHistogram } from './float-histograms.ts';
import type { Row } from './row.ts';
import { lastOf, type Slab } from './slab.ts';
import type { Store } from './store.ts';
import type { Timeline } from './timeline.ts';

/** So much longer than the last ones an interval may be. After a longer one, the series had ended before it. */
const LONGER = 3;
/** And it must be so long. Milliseconds. */
const SHORTEST_GAP = 15_000;
/** A clock that is set back by more than that was wrong before. Milliseconds. */
const LARGEST_STEP_BACK = 300_000;

/**
 * Whether the collector has stood still for so long that the series had ended meanwhile.
 * @param usual how long the last intervals were. Milliseconds
 */
export function isPause(interval: number, usual: number): boolean {
  return interval > Math.max(LONGER * usual, SHORTEST_GAP);
}

/** Takes a sample of each series with each collection run. */
export class Sampler {
  readonly timeline: Timeline<Slab>;
  readonly #store: Store;
  readonly #labels: Labels;
  readonly #plans = new Map<string, FamilyPlan>();
  #run = 0;
  /** The last two intervals between runs. Milliseconds. */
  #intervals: readonly number[] = [];
  /** The series that an earlier process has left. They end with the first run, unless they are in it. */
  #left: readonly Row<Slab>[] = [];

  /** @param labels those that each series gets unless it has them */
  constructor(store: Store, labels: Labels) {
    this.#store = store;
    this.#labels = labels;
    this.timeline = store.timeline();
  }

  /** Takes the samples of a snapshot. Those of a clock that was set back are dropped, and counted. */
  sample(snapshot: Snapshot): void {
    const time = Math.round(snapshot.timestamp * 1000);
    const store = this.#store;
    if (time < this.timeline.last - LARGEST_STEP_BACK) {
      store.cut(time - 1);
      this.#intervals = [];
    }
    if (!(time > this.timeline.last)) {
      for (const family of snapshot.families) store.dropped.clock += family.series.length;
      return;
    }
    this.#markGap(time);
    const slot = store.add(this.timeline, time);
    this.#run++;
    const ended: (Row<Slab> | undefined)[] = this.#left.filter(({ isSampled }) => !isSampled);
    this.#left = [];
    const seen = new Set<string>();
    for (const family of snapshot.families) {
      seen.add(family.name);
      this.#sampleFamily(family, slot, time, ended);
    }
    for (const [name, plan] of this.#plans) {
      if (seen.has(name)) continue;
      ended.push(...plan.targets);
      this.#plans.delete(name);
    }
    for (const row of ended) if (row && row.stamp !== this.#run) this.#end(row, slot);
    store.pack();
    store.trim(time);
  }

  /** Takes over the series that go on where an earlier process has ended. */
  adopt(rows: readonly Row<Slab>[]): void {
    this.#left = [...this.#left, ...rows];
  }

  #sampleFamily(
    family: MetricFamily,
    slot: number,
    time: number,
    ended: (Row<Slab> | undefined)[],
  ): void {
    let plan = this.#plans.get(family.name);
    if (!plan?.isFor(family, this.#labels)) {
      if (plan) ended.push(...plan.targets);
      plan = new FamilyPlan(family, this.#labels);
      this.#plans.set(family.name, plan);
    }
    const { open } = this.timeline;
    if (plan.items !== family.series) this.#match(plan, family, time, ended);
    else if (plan.block !== open) this.#place(plan, () => true);
    this.#write(plan, family, slot);
  }

  /** Finds the rows of a list of series that has changed. */
  #match(
    plan: FamilyPlan,
    { series }: MetricFamily,
    time: number,
    ended: (Row<Slab> | undefined)[],
  ): void {
    const { perItem } = plan.rows;
    const known = new Map(plan.items.map((item, i) => [item, i * perItem]));
    const targets: (Row<Slab> | undefined)[] = [];
    let isComplete = true;
    for (const item of series) {
      const at = known.get(item);
      for (let i = 0; i < perItem; i++) {
        const row = (at !== undefined && plan.targets[at + i]) || this.#rowOf(plan, item, i, time);
        const isFree = row !== undefined && row.stamp !== this.#run;
        if (isFree) {
          row.stamp = this.#run;
        } else {
          isComplete = false;
        }
        targets.push(isFree ? row : undefined);
      }
    }
    ended.push(...plan.targets);
    plan.targets = targets;
    // If a row was refused, it is tried again with the next run.
    plan.items = isComplete ? series : series.slice();
    this.#place(plan, ({ stamp }) => stamp === this.#run);
  }

  #rowOf(plan: FamilyPlan, item: FamilyPlan['items'][number], i: number, time: number) {
    const row = this.#store.row(plan.labelsOf(item, i), this.timeline);
    // It may be the series of a rule, too, whose samples come from there.
    if (!row || (row.isAdded && lastOf(row) >= time)) return undefined;
    row.isAdded = false;
    row.timeline = this.timeline;
    return row;
  }

  /**
   * Makes room in the open block for the rows that have none.
   * @param isHere whether a row that was sampled with the last run has a sample now
   */
  #place(plan: FamilyPlan, isHere: (row: Row<Slab>) => boolean): void {
    const { open } = this.timeline;
    const isPlaced = ({ slab, index }: Row<Slab>) => slab?.block === open && slab.isLive(index);
    for (const { slab } of plan.segments) {
      const { group } = slab;
      const isFull = slab.block !== open && group.slabs.at(-1) === slab;
      if (isFull && slab.areLive && group.rows.every(isHere)) {
        this.#store.continue(this.timeline, group);
      }
    }
    const waiting = plan.targets.map((row) => (row && !isPlaced(row) ? row : undefined));
    for (const row of plan.targets) if (row) row.isSampled = true;
    const { perItem, hasNative } = plan.rows;
    const some = (test: (i: number) => boolean) =>
      waiting.filter((row, i): row is Row<Slab> => row !== undefined && test(i));
    const isNative = (i: number) => hasNative && i % perItem === 0;
    this.#store.begin(this.timeline, some(isNative), true);
    this.#store.begin(
      this.timeline,
      some((i) => !isNative(i)),
      false,
    );
    plan.place(open);
  }

  #write(plan: FamilyPlan, family: MetricFamily, slot: number): void {
    const { perItem, hasNative } = plan.rows;
    const store = this.#store;
    const numbers = numbersOf(family)(0, family.series.length);
    store.dropped.full += plan.refused;
    for (const { slab, index, from, count } of plan.segments) {
      store.reach(slab);
      const { data, room, begin } = slab;
      store.taken += count;
      store.samples += count;
      if (!data) {
        for (let i = 0; i < count; i++)
          this.#writeNative(slab, index + i, family, (from + i) / perItem);
        continue;
      }
      let at = index * room + slot - begin;
      // A native histogram is a row, and none of the numbers.
      const natives = hasNative ? Math.floor(from / perItem) + 1 : 0;
      for (let i = from - natives, end = i + count; i < end; i++, at += room)
        data[at] = numbers[i]!;
    }
  }

  #writeNative(slab: Slab, index: number, family: MetricFamily, item: number): void {
    const cells = numbersPerSeries(family);
    const start = item * cells;
    let counted = 0;
    for (let cell = start + 1; cell < start + cells; cell++) counted += family.values[cell]!;
    const own = slab.histograms![index]!;
    const before = own.at(-1);
    const histogram = floatHistogram(
      family.natives![item]!,
      family.values[start]!,
      counted,
      before,
    );
    own.push(histogram);
    this.#store.grown(slab, bytesOf(histogram, before));
  }

  /** Gives a series that is gone a stale marker. */
  #end(row: Row<Slab>, slot: number): void {
    const store = this.#store;
    const { open } = this.timeline;
    const { slab } = row;
    row.isSampled = false;
    if (slab) {
      // Its last sample may be in another block.
      const goesOn = slab.block === open && slab.isLive(row.index);
      if (!goesOn) store.begin(this.timeline, [row], slab.group.hasHistograms);
      store.reach(row.slab!);
      row.slab!.finish(row.index, slot + 1, true);
      store.taken++;
      store.samples++;
    }
    store.release(row);
  }

  /** Ends all series if the collector has stood still for long. They go on with this run. */
  #markGap(time: number): void {
    const { timeline } = this;
    const { last } = timeline;
    if (last === -Infinity) return;
    const interval = time - last;
    const usual = Math.max(...this.#intervals);
    const isGap = this.#intervals.length > 1 && isPause(interval, usual);
    this.#intervals = [...this.#intervals.slice(-1), interval];
    if (!isGap) return;
    const slot = this.#store.add(timeline, last + usual);
    const rows = [...this.#left, ...[...this.#plans.values()].flatMap(({ targets }) => targets)];
    for (const row of rows) if (row) this.#end(row, slot);
    this.#left = [];
    this.#store.close(timeline);
  }
}
