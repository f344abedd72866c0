import { type FamilyView, NO_ADDRESS, type ReadingKind } from '../kinds/kind.ts';
import {
  type FamilyDefinition,
  type Labels,
  type MetricFamily,
  type NativeHistogram,
  numbersPerSeries,
  OVERFLOW_LABEL,
  type SeriesData,
  type SeriesLabels,
} from '../model.ts';
import { LabelTree } from '../pages/label-tree.ts';
import { FamilyExemplars } from './family-exemplars.ts';
import { areInstrumented, InstrumentedSeries } from './instrumented-series.ts';
import { runToEnd } from './run-to-end.ts';
import type { ThreadBlocks } from './thread-blocks.ts';

/** At least so many cells are read before others may have the thread. */
const PART_CELLS = 2048;

/**
 * A family over all threads. Each series has a number, and several lists hold at that number what is known of
 * the series: reading a hundred thousand of them walks along those lists.
 */
export class MergedFamily implements FamilyView {
  definition: FamilyDefinition;
  readonly kind: ReadingKind;
  readonly threads = new Set<ThreadBlocks>();
  readonly #instrumented: InstrumentedSeries | undefined;
  readonly #data: SeriesData;
  readonly #width: number;
  readonly #tree = new LabelTree<number>();
  readonly #series: SeriesLabels[] = [];
  /** This is an object of its own, since what is remembered of a series is found by it. */
  readonly #overflowLabels: SeriesLabels = { labelNames: [OVERFLOW_LABEL], labelValues: ['true'] };
  /** What is left from threads that ended and from storage, by series. The layout is that of the block. */
  readonly retainedBlocks: (number[] | undefined)[] = [];
  /** The series that nobody records now, and when somebody last did: seconds since 1970. */
  readonly left = new Map<SeriesLabels, number>();
  /** When each series was last seen to be recorded, by a clock that nobody sets. Absent if none expires. */
  recordings: Map<SeriesLabels, number> | undefined;
  /** Since when each series counts. Seconds since 1970; 0 if that is not known, `Infinity` if nobody said. */
  readonly created: number[] = [];
  /** The same for snapshots. A change makes another list. */
  #presentCreated: Float64Array | undefined;
  overflow = -1;
  /** Whether a thread has a callback that says what it counts: then somebody else keeps the totals. */
  isCollected = false;
  /** All series, for snapshots. A change makes another list. */
  #present: readonly SeriesLabels[] | undefined;
  /** When the latest reading began. Seconds since 1970. */
  now = 0;
  readonly exemplars = new FamilyExemplars();
  /** The readings that are under way. */
  readonly #readings = new Set<Iterator<void, void>>();

  constructor(definition: FamilyDefinition, kind: ReadingKind) {
    this.definition = definition;
    this.kind = kind;
    this.#data = kind.data(definition.shape);
    this.#width = numbersPerSeries(this.#data);
    if (areInstrumented(definition.labelNames)) this.#instrumented = new InstrumentedSeries();
  }

  get size(): number {
    return this.#series.length;
  }

  /** The same list as long as there are the same series. */
  get labelSets(): readonly SeriesLabels[] {
    this.#present ??= [...this.#series];
    return this.#present;
  }

  labelsOf(series: number): SeriesLabels {
    return this.#series[series]!;
  }

  /**
   * Returns the number of the series. Creates it if there is none; beyond `limit` returns the overflow
   * instead. What nobody records any more takes no room from what somebody does, nor does the overflow.
   */
  series(labelValues: readonly string[], overflow: boolean, limit: number): number {
    const known = this.find(labelValues, overflow);
    if (known !== undefined) return known;
    const isFull = this.size - this.left.size - (this.#overflowIsRecorded ? 1 : 0) >= limit;
    if (!overflow && isFull && labelValues.length > 0) return this.series([], true, limit);
    const { labelNames } = this.definition;
    const labels = overflow ? this.#overflowLabels : { labelNames, labelValues: [...labelValues] };
    const series = this.#series.push(labels) - 1;
    this.created[series] = Infinity;
    this.#present = undefined;
    this.#presentCreated = undefined;
    this.#number(this.#series[series]!, series);
    return series;
  }

  find(labelValues: readonly string[], overflow: boolean): number | undefined {
    if (overflow) return this.overflow < 0 ? undefined : this.overflow;
    if (labelValues.length > 0) return this.#tree.get(labelValues);
    return this.#series.length > 0 ? 0 : undefined;
  }

  isOverflow(series: number): boolean {
    return series === this.overflow;
  }

  /** Forgets a series, whoever records it. */
  delete(labelValues: readonly string[]): void {
    const series = this.#tree.get(labelValues);
    if (series !== undefined) this.deleteSeries(series);
  }

  /** Called when somebody says since when the series counts. The earliest time holds. */
  began(series: number, at: number): void {
    if (at >= this.created[series]!) return;
    this.created[series] = at;
    this.#presentCreated = undefined;
  }

  /** Called when all series were reset. */
  restart(now: number): void {
    for (const blocks of this.threads) blocks.restart();
    this.exemplars.clear();
    this.created.fill(now);
    this.#presentCreated = undefined;
  }

  /** Called when a thread records the series in the block at that address. */
  hold(blocks: ThreadBlocks, series: number, address: number): void {
    blocks.set(series, address);
    this.left.delete(this.#series[series]!);
  }

  /** Called when a thread records a series for which there was no room: its block is part of the overflow. */
  fold(blocks: ThreadBlocks, address: number): void {
    blocks.folded.push(address);
    this.left.delete(this.#overflowLabels);
  }

  /** Forgets all series, whoever records them. The only series of a family without label names stays. */
  clear(now: number): void {
    if (this.definition.labelNames.length === 0) {
      this.resetRetained();
      this.restart(now);
      return;
    }
    for (let series = this.size - 1; series >= 0; series--) this.deleteSeries(series);
    for (const blocks of this.threads) blocks.folded = [];
  }

  /**
   * Called when a thread does not record the series any more. If nobody does and nothing is left, forgets it.
   */
  tidy(series: number, now: number): void {
    if (this.isHeld(series)) return;
    if (this.retainedBlocks[series]) this.left.set(this.#series[series]!, now);
    else this.deleteSeries(series);
  }

  /** Called when a thread does not have the family any more. */
  leave(blocks: ThreadBlocks, now: number): void {
    this.settle();
    this.threads.delete(blocks);
    this.drop(blocks, now);
  }

  /** Called when a thread does not have any series of the family any more. */
  drop(blocks: ThreadBlocks, now: number): void {
    this.settle();
    // This goes from the end: when a series goes, its number passes to one that was seen already.
    for (let series = this.#series.length - 1; series >= 0; series--) {
      const isOverflow = this.isOverflow(series);
      if (!blocks.has(series, isOverflow)) continue;
      blocks.set(series, NO_ADDRESS);
      if (isOverflow) blocks.folded = [];
      this.tidy(series, now);
    }
  }

  /**
   * Adds to what is retained, which no thread has.
   * @param leftAt when somebody last recorded it; absent if it is recorded now
   * @param created since when it was counted; absent if that is known
   */
  retain(series: number, values: readonly number[], leftAt?: number, created?: number): void {
    if (created !== undefined) this.began(series, created);
    const labels = this.#series[series]!;
    const before = this.retainedBlocks[series];
    this.retainedBlocks[series] = this.kind.retain?.(before, values, this.definition.shape);
    const left = this.left.get(labels);
    if (leftAt === undefined) this.left.delete(labels);
    else if (left !== undefined) this.left.set(labels, Math.max(left, leftAt));
    // What the collector itself counts is in no thread, and is still recorded.
    else if (!before && !this.isHeld(series)) this.left.set(labels, leftAt);
  }

  /** Puts the value in place of what was retained. */
  set(series: number, value: number): void {
    this.retainedBlocks[series] = [value];
  }

  /** Whether something is left that no thread has. */
  get retains(): boolean {
    return this.retainedBlocks.some((values) => values);
  }

  /** Forgets what is retained. What the collector itself counts begins anew. */
  resetRetained(): void {
    // This goes from the end, as above.
    for (let series = this.#series.length - 1; series >= 0; series--) {
      if (this.left.has(this.#series[series]!)) this.deleteSeries(series);
      else if (this.retainedBlocks[series] && this.isHeld(series))
        this.retainedBlocks[series] = undefined;
      else this.retainedBlocks[series]?.fill(0);
    }
  }

  /**
   * Returns what is retained of each series that has any, and when the series was left, if nobody records it.
   */
  retained(): [SeriesLabels, readonly number[], leftAt: number | undefined, created: number][] {
    return this.retainedBlocks.flatMap((values, series) => {
      const labels = this.#series[series]!;
      const created = this.createdAt(series);
      return values ? [[labels, values, this.left.get(labels), created]] : [];
    });
  }

  /** Reads the family for a snapshot. There the labels are those that people know. */
  *present(constants: Labels, now: number): Generator<void, MetricFamily> {
    const family = yield* this.read(constants, now);
    return this.#instrumented?.translated(family) ?? family;
  }

  /**
   * Reads the family in parts. The result has the series that existed when it began, each as of one moment
   * since.
   */
  *read(constants: Labels, now: number): Generator<void, MetricFamily> {
    const { shape: _, expireAfter: __, ...head } = this.definition;
    const taken = [...head.labelNames, ...(this.kind.reserved?.(head.name) ?? [])];
    this.now = now;
    const series = this.labelSets;
    const values = new Float64Array(series.length * this.#width);
    const created = this.kind.retain && this.#createdNow();
    const natives: NativeHistogram[] = [];
    yield* this.#untilSettled(this.#fill(values, natives));
    const exemplars = this.exemplars.present;
    return {
      ...head,
      labels: { ...withoutNames(constants, taken), ...head.labels },
      ...this.#data,
      series,
      values,
      ...(natives.length > 0 && { natives }),
      ...(created && { created }),
      ...(exemplars && { exemplars }),
    };
  }

  /** Returns since when a series counts: seconds since 1970; 0 if that is not known. */
  createdAt(series: number): number {
    const at = this.created[series]!;
    return at < Infinity ? at : 0;
  }

  #createdNow(): Float64Array {
    this.#presentCreated ??= Float64Array.from(this.created, (_, series) => this.createdAt(series));
    return this.#presentCreated;
  }

  /** Whether what is kept of a series differs from what is read of it. */
  get merges(): boolean {
    return this.size > 0 && this.merged(0) !== undefined;
  }

  /** Returns a block with all that is recorded of a series: see `merge` of its kind. */
  merged(series: number): readonly number[] | undefined {
    return this.kind.merge?.(this, series);
  }

  /** As `merged`, in parts: for each series that exists when it begins, calls `write` with its block. */
  *merge(write: (series: number, block: readonly number[]) => void): Generator<void, void> {
    yield* this.#untilSettled(this.#mergeAll(write));
  }

  *#mergeAll(write: (series: number, block: readonly number[]) => void): Generator<void, void> {
    const { size } = this;
    for (let series = 0; series < size; series++) {
      write(series, this.merged(series)!);
      yield;
    }
  }

  *#untilSettled(reading: Generator<void, void>): Generator<void, void> {
    this.#readings.add(reading);
    try {
      yield* reading;
    } finally {
      // This happens also when whoever reads gives up.
      this.#readings.delete(reading);
    }
  }

  /**
   * Ends the readings under way. Must be called before a block, or the number of a series, passes to another.
   */
  settle(): void {
    this.#readings.forEach(runToEnd);
  }

  *#fill(values: Float64Array, natives: NativeHistogram[]): Generator<void, void> {
    const size = values.length / this.#width;
    // Blocks that are merged may be long, however few numbers are read of them.
    const step = this.merges ? 1 : Math.ceil(PART_CELLS / this.#width);
    for (let from = 0; from < size; from += step) {
      const read = this.kind.read(this, values, this.#width, from, Math.min(from + step, size));
      if (read) for (const native of read) natives.push(native);
      yield;
    }
  }

  get #overflowIsRecorded(): boolean {
    return this.overflow >= 0 && !this.left.has(this.#overflowLabels);
  }

  /** Whether a thread has the series. */
  isHeld(series: number): boolean {
    const isOverflow = this.isOverflow(series);
    for (const blocks of this.threads) if (blocks.has(series, isOverflow)) return true;
    return false;
  }

  /** Deletes a series. The last one takes its number. */
  deleteSeries(series: number): void {
    this.settle();
    const last = this.#series.length - 1;
    const gone = this.#series[series]!;
    const moved = this.#series[last]!;
    this.left.delete(gone);
    this.recordings?.delete(gone);
    this.exemplars.delete(gone);
    this.#number(gone, undefined);
    if (series !== last) this.#number(moved, series);
    this.#series[series] = moved;
    this.created[series] = this.created[last]!;
    this.created.length = last;
    this.#presentCreated = undefined;
    this.retainedBlocks[series] = this.retainedBlocks[last];
    this.#series.length = last;
    this.retainedBlocks.length = Math.min(this.retainedBlocks.length, last);
    for (const blocks of this.threads) blocks.move(last, series);
    this.#present = undefined;
  }

  #number(labels: SeriesLabels, series: number | undefined): void {
    if (labels === this.#overflowLabels) this.overflow = series ?? -1;
    else if (labels.labelValues.length === 0) return;
    else if (series === undefined) this.#tree.delete(labels.labelValues);
    else this.#tree.set(labels.labelValues, series);
  }
}

/** Returns the constant labels without those names: a label of the family wins over a constant label. */
function withoutNames(constants: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(constants).filter(([name]) => !names.includes(name)));
}
