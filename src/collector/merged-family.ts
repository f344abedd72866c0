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
import type { CellReader } from '../pages/thread-reader.ts';
import { atOnce } from './at-once.ts';

/** Cells that are read, at least, before others may have the thread. */
const PART_CELLS = 2048;

/** Of a series that a thread does not have. */
export const NO_PLACE = -1;

/** What the one cell of a series is over all threads. */
export type ReadSeries = (family: MergedFamily, series: number) => number;

/** The blocks of cells that one thread holds of a family. */
export class ThreadBlocks {
  readonly reader: CellReader;
  /** The place of its block by the number of the series, or `NO_PLACE`. */
  readonly places: number[] = [];
  /** Blocks of series for which the family had no room: all are part of the overflow series. */
  folded: number[] = [];

  constructor(reader: CellReader) {
    this.reader = reader;
  }

  set(series: number, place: number): void {
    for (let i = this.places.length; i < series; i++) this.places[i] = NO_PLACE;
    this.places[series] = place;
  }

  /** What it has at `from`, the last number there is, is now at `to`; what was there is gone. */
  move(from: number, to: number): void {
    const { places } = this;
    if (to < places.length) places[to] = places[from] ?? NO_PLACE;
    if (from < places.length) places.length = from;
  }

  /** Its blocks of a series. */
  of(series: number, isOverflow: boolean): number[] {
    const place = this.places[series] ?? NO_PLACE;
    const own = place === NO_PLACE ? [] : [place];
    return isOverflow ? [...own, ...this.folded] : own;
  }
}

/**
 * A family over all threads. A series is a number, and what is known of it stands at that number in
 * several lists: reading a hundred thousand of them walks along those.
 */
export class MergedFamily {
  readonly definition: FamilyDefinition;
  readonly threads = new Set<ThreadBlocks>();
  readonly #readSeries: ReadSeries | undefined;
  readonly #width: number;
  readonly #tree = new LabelTree<number>();
  readonly #series: SeriesLabels[] = [];
  /** An object of its own, since what is remembered of a series is found by it. */
  readonly #overflowLabels: SeriesLabels = { labelNames: [OVERFLOW_LABEL], labelValues: ['true'] };
  /** From threads that ended and from storage: as in the block. */
  readonly #retained: (number[] | undefined)[] = [];
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

  /** The number of the series, which is created where there is none; beyond `limit`, the overflow. */
  series(labelValues: readonly string[], overflow: boolean, limit: number): number {
    const known = this.find(labelValues, overflow);
    if (known !== undefined) return known;
    // The overflow series takes no room from the others.
    const size = this.size - (this.#overflow < 0 ? 0 : 1);
    if (!overflow && size >= limit && labelValues.length > 0) return this.series([], true, limit);
    const { labelNames } = this.definition;
    const labels = overflow ? this.#overflowLabels : { labelNames, labelValues: [...labelValues] };
    const series = this.#series.push(labels) - 1;
    this.#present = undefined;
    this.#number(this.#series[series], series);
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

  /** Forgets a series that nobody records and of which nothing is left. */
  tidy(series: number): void {
    if (this.#retained[series]) return;
    const isOverflow = this.isOverflow(series);
    for (const blocks of this.threads) if (blocks.of(series, isOverflow).length > 0) return;
    this.#delete(series);
  }

  /** A thread has the family no more. */
  leave(blocks: ThreadBlocks): void {
    this.settle();
    this.threads.delete(blocks);
    // From the end: where one goes, one that was seen takes its number.
    for (let series = this.#series.length - 1; series >= 0; series--) {
      if (blocks.of(series, this.isOverflow(series)).length > 0) this.tidy(series);
    }
  }

  retain(series: number, values: readonly number[]): void {
    this.#retained[series] = this.#retained[series]?.map((value, i) => value + values[i]) ?? [
      ...values,
    ];
  }

  /** In place of what was retained. */
  set(series: number, value: number): void {
    this.#retained[series] = [value];
  }

  /** Whether something is left that no thread has. */
  get retains(): boolean {
    return this.#retained.some((values) => values);
  }

  resetRetained(): void {
    for (const values of this.#retained) values?.fill(0);
  }

  /** What was retained of each series of which something was. */
  retained(): [SeriesLabels, readonly number[]][] {
    return this.#retained.flatMap((values, series) =>
      values ? [[this.#series[series], values]] : [],
    );
  }

  /** In parts; has the series of when it began, each as of one moment since. */
  *read(constants: Labels): Generator<void, MetricFamily> {
    const { definition } = this;
    this.#present ??= [...this.#series];
    const series = this.#present;
    const values = new Float64Array(series.length * this.#width);
    const reading = this.#fill(values);
    this.#readings.add(reading);
    yield* reading;
    this.#readings.delete(reading);
    return {
      ...definition,
      labels: { ...without(constants, definition.labelNames), ...definition.labels },
      series,
      values,
    };
  }

  /** Ends the readings under way: to be called before a block, or the number of a series, is another's. */
  settle(): void {
    this.#readings.forEach(atOnce);
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
      if (!this.#readSeries) for (const blocks of this.threads) this.#add(blocks, values, from, to);
      yield;
    }
  }

  /** RACE: plain loads, as in `readCell`; here with nothing around them, since there are many. */
  #add(
    { reader: { pages }, places, folded }: ThreadBlocks,
    values: Float64Array,
    from: number,
    to: number,
  ): void {
    const width = this.#width;
    const add = (place: number, series: number) => {
      if (place === NO_PLACE) return;
      const cells = pages[pageOf(place)];
      const index = indexOf(place);
      const at = series * width;
      for (let i = 0; i < width; i++) values[at + i] += cells[index + i];
    };
    // Not `forEach`, which takes more than twice as long.
    const end = Math.min(to, places.length);
    for (let series = from; series < end; series++) add(places[series], series);
    const overflow = this.#overflow;
    if (from <= overflow && overflow < to) for (const place of folded) add(place, overflow);
  }

  /** The last one takes its number. */
  #delete(series: number): void {
    this.settle();
    const last = this.#series.length - 1;
    const gone = this.#series[series];
    const moved = this.#series[last];
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
