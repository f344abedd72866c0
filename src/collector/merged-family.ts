import {
  cellsPerSeries,
  type FamilyDefinition,
  type Labels,
  type MetricFamily,
  OVERFLOW_LABEL,
  type SeriesLabels,
} from '../model.ts';
import { LabelTree } from '../pages/label-tree.ts';
import { indexOf, pageOf } from '../pages/layout.ts';
import { runToEnd } from './run-to-end.ts';
import { NO_ADDRESS, type ThreadBlocks } from './thread-blocks.ts';

/** Cells that are read, at least, before others may have the thread. */
const PART_CELLS = 2048;

/** What the one cell of a series is over all threads. */
export type ReadSeries = (family: MergedFamily, series: number) => number;

/**
 * A family over all threads. A series is a number, and what is known of it stands at that number in
 * several lists: reading a hundred thousand of them walks along those.
 */
export class MergedFamily {
  definition: FamilyDefinition;
  readonly threads = new Set<ThreadBlocks>();
  readonly #readSeries: ReadSeries | undefined;
  readonly #width: number;
  readonly #tree = new LabelTree<number>();
  readonly #series: SeriesLabels[] = [];
  /** An object of its own, since what is remembered of a series is found by it. */
  readonly #overflowLabels: SeriesLabels = { labelNames: [OVERFLOW_LABEL], labelValues: ['true'] };
  /** From threads that ended and from storage: as in the block. */
  readonly #retained: (number[] | undefined)[] = [];
  /** The series that nobody records now, and when somebody last did: seconds since 1970. */
  readonly left = new Map<SeriesLabels, number>();
  #overflow = -1;
  /** The series there are, for snapshots: another list whenever it changes. */
  #present: readonly SeriesLabels[] | undefined;
  /** Under way. */
  readonly #readings = new Set<Iterator<void, void>>();

  constructor(definition: FamilyDefinition, readSeries: ReadSeries | undefined) {
    this.definition = definition;
    this.#readSeries = readSeries;
    this.#width = cellsPerSeries(definition);
  }

  get size(): number {
    return this.#series.length;
  }

  /**
   * The number of the series, which is created where there is none; beyond `limit`, the overflow.
   * What nobody records any more takes no room from what somebody does, nor does the overflow.
   */
  series(labelValues: readonly string[], overflow: boolean, limit: number): number {
    const known = this.find(labelValues, overflow);
    if (known !== undefined) return known;
    const isFull = this.size - this.left.size - (this.#overflowIsRecorded ? 1 : 0) >= limit;
    if (!overflow && isFull && labelValues.length > 0) return this.series([], true, limit);
    const { labelNames } = this.definition;
    const labels = overflow ? this.#overflowLabels : { labelNames, labelValues: [...labelValues] };
    const series = this.#series.push(labels) - 1;
    this.#present = undefined;
    this.#number(this.#series[series]!, series);
    return series;
  }

  find(labelValues: readonly string[], overflow: boolean): number | undefined {
    if (overflow) return this.#overflow < 0 ? undefined : this.#overflow;
    if (labelValues.length > 0) return this.#tree.get(labelValues);
    return this.#series.length > 0 ? 0 : undefined;
  }

  isOverflow(series: number): boolean {
    return series === this.#overflow;
  }

  /** Forgets a series, whoever records it. */
  delete(labelValues: readonly string[]): void {
    const series = this.#tree.get(labelValues);
    if (series !== undefined) this.#delete(series);
  }

  /** The block of a thread is there. */
  hold(blocks: ThreadBlocks, series: number, address: number): void {
    blocks.set(series, address);
    this.left.delete(this.#series[series]!);
  }

  /** The block of a series for which there was no room is there. */
  fold(blocks: ThreadBlocks, address: number): void {
    blocks.folded.push(address);
    this.left.delete(this.#overflowLabels);
  }

  /** Forgets all series, whoever records them; the only one of a family without label names stays. */
  clear(): void {
    if (this.definition.labelNames.length === 0) {
      this.resetRetained();
      return;
    }
    for (let series = this.size - 1; series >= 0; series--) this.#delete(series);
    for (const blocks of this.threads) blocks.folded = [];
  }

  /** A thread does not record the series any more: if nobody does and nothing is left, forgets it. */
  tidy(series: number, now: number): void {
    if (this.#isHeld(series)) return;
    if (this.#retained[series]) this.left.set(this.#series[series]!, now);
    else this.#delete(series);
  }

  /** A thread has the family no more. */
  leave(blocks: ThreadBlocks, now: number): void {
    this.settle();
    this.threads.delete(blocks);
    this.drop(blocks, now);
  }

  /** A thread has no series of the family any more. */
  drop(blocks: ThreadBlocks, now: number): void {
    this.settle();
    // From the end: where one goes, one that was seen takes its number.
    for (let series = this.#series.length - 1; series >= 0; series--) {
      const isOverflow = this.isOverflow(series);
      if (!blocks.has(series, isOverflow)) continue;
      blocks.set(series, NO_ADDRESS);
      if (isOverflow) blocks.folded = [];
      this.tidy(series, now);
    }
  }

  /**
   * Adds what no thread has.
   * @param leftAt when somebody last recorded it; absent if it is recorded now
   */
  retain(series: number, values: readonly number[], leftAt?: number): void {
    const labels = this.#series[series]!;
    const before = this.#retained[series];
    this.#retained[series] = before?.map((value, i) => value + values[i]!) ?? [...values];
    const left = this.left.get(labels);
    if (leftAt === undefined) this.left.delete(labels);
    else if (left !== undefined) this.left.set(labels, Math.max(left, leftAt));
    // What the collector itself counts is in no thread, and still recorded.
    else if (!before && !this.#isHeld(series)) this.left.set(labels, leftAt);
  }

  /** In place of what was retained. */
  set(series: number, value: number): void {
    this.#retained[series] = [value];
  }

  /** Whether something is left that no thread has. */
  get retains(): boolean {
    return this.#retained.some((values) => values);
  }

  /** Forgets it; what the collector itself counts begins anew. */
  resetRetained(): void {
    // From the end, as above.
    for (let series = this.#series.length - 1; series >= 0; series--) {
      if (this.left.has(this.#series[series]!)) this.#delete(series);
      else if (this.#retained[series] && this.#isHeld(series)) this.#retained[series] = undefined;
      else this.#retained[series]?.fill(0);
    }
  }

  /** What was retained of each series of which something was; when it was left, if nobody records it. */
  retained(): [SeriesLabels, readonly number[], leftAt: number | undefined][] {
    return this.#retained.flatMap((values, series) => {
      const labels = this.#series[series]!;
      return values ? [[labels, values, this.left.get(labels)]] : [];
    });
  }

  /** In parts; has the series of when it began, each as of one moment since. */
  *read(constants: Labels): Generator<void, MetricFamily> {
    const { definition } = this;
    this.#present ??= [...this.#series];
    const series = this.#present;
    const values = new Float64Array(series.length * this.#width);
    const reading = this.#fill(values);
    this.#readings.add(reading);
    try {
      yield* reading;
    } finally {
      // Also when whoever reads gives up.
      this.#readings.delete(reading);
    }
    return {
      ...definition,
      labels: { ...without(constants, definition.labelNames), ...definition.labels },
      series,
      values,
    };
  }

  /** Ends the readings under way: to be called before a block, or the number of a series, is another's. */
  settle(): void {
    this.#readings.forEach(runToEnd);
  }

  *#fill(values: Float64Array): Generator<void, void> {
    const size = values.length / this.#width;
    const step = Math.ceil(PART_CELLS / this.#width);
    for (let from = 0; from < size; from += step) {
      const to = Math.min(from + step, size);
      for (let series = from; series < to; series++) {
        // Not with `set`, which takes three times as long for so few.
        this.#retained[series]?.forEach((value, i) => {
          values[series * this.#width + i] = value;
        });
        if (this.#readSeries) values[series] = this.#readSeries(this, series);
      }
      if (!this.#readSeries) {
        for (const blocks of this.threads) {
          if (blocks.addTo) blocks.addTo(values, this.#width, from, to, this.#overflow);
          else this.#add(blocks, values, from, to);
        }
      }
      yield;
    }
  }

  /** RACE: plain loads, as in `readCell`; here with nothing around them, since there are many. */
  #add(
    { reader: { pages }, addresses, folded }: ThreadBlocks,
    values: Float64Array,
    from: number,
    to: number,
  ): void {
    const width = this.#width;
    const add = (address: number, series: number) => {
      if (address === NO_ADDRESS) return;
      const cells = pages[pageOf(address)]!;
      const index = indexOf(address);
      const at = series * width;
      for (let i = 0; i < width; i++) values[at + i]! += cells[index + i]!;
    };
    // Not `forEach`, which takes more than twice as long.
    const end = Math.min(to, addresses.length);
    for (let series = from; series < end; series++) add(addresses[series]!, series);
    const overflow = this.#overflow;
    if (from <= overflow && overflow < to) for (const address of folded) add(address, overflow);
  }

  get #overflowIsRecorded(): boolean {
    return this.#overflow >= 0 && !this.left.has(this.#overflowLabels);
  }

  /** Whether a thread records it. */
  #isHeld(series: number): boolean {
    const isOverflow = this.isOverflow(series);
    for (const blocks of this.threads) if (blocks.has(series, isOverflow)) return true;
    return false;
  }

  /** The last one takes its number. */
  #delete(series: number): void {
    this.settle();
    const last = this.#series.length - 1;
    const gone = this.#series[series]!;
    const moved = this.#series[last]!;
    this.left.delete(gone);
    this.#number(gone, undefined);
    if (series !== last) this.#number(moved, series);
    this.#series[series] = moved;
    this.#retained[series] = this.#retained[last];
    this.#series.length = last;
    this.#retained.length = Math.min(this.#retained.length, last);
    for (const blocks of this.threads) blocks.move(last, series);
    this.#present = undefined;
  }

  #number(labels: SeriesLabels, series: number | undefined): void {
    if (labels === this.#overflowLabels) this.#overflow = series ?? -1;
    else if (labels.labelValues.length === 0) return;
    else if (series === undefined) this.#tree.delete(labels.labelValues);
    else this.#tree.set(labels.labelValues, series);
  }
}

/** A family's own label wins over a constant label of the same name. */
function without(constants: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(constants).filter(([name]) => !names.includes(name)));
}
