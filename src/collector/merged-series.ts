import {
  type Combine,
  type FamilyDefinition,
  type HistogramSeries,
  OVERFLOW_LABEL,
  type ScalarSeries,
} from '../model.ts';
import { GAUGE_TIME, HISTOGRAM_COUNTS, HISTOGRAM_SUM } from '../pages/layout.ts';
import type { MemoryReader } from '../pages/thread-reader.ts';

/** The block of cells that one thread holds of a series. */
export interface Block {
  readonly thread: MemoryReader;
  readonly place: number;
}

/** A series over all threads: the blocks that are written to, and what earlier ones left behind. */
export class MergedSeries {
  readonly isOverflow: boolean;
  readonly labelNames: readonly string[];
  readonly labelValues: readonly string[];
  blocks: Block[] = [];
  /** From threads that ended and from storage: as in the block. */
  retained: number[] | undefined;

  constructor(labelNames: readonly string[], labelValues: readonly string[]) {
    this.isOverflow = labelNames[0] === OVERFLOW_LABEL;
    this.labelNames = labelNames;
    this.labelValues = labelValues;
  }

  /** A counter or histogram keeps what a thread counted; the gauge of a thread goes with it. */
  dropThread(thread: MemoryReader, definition: FamilyDefinition): void {
    const ended = this.blocks.filter((block) => block.thread === thread);
    if (ended.length === 0) return;
    this.blocks = this.blocks.filter((block) => block.thread !== thread);
    if (definition.type !== 'gauge') this.retain(sums(ended, blockSize(definition)));
  }

  retain(values: readonly number[]): void {
    this.retained = this.retained?.map((value, i) => value + values[i]) ?? [...values];
  }

  /** The cells of a counter or histogram, added up. */
  totals(definition: FamilyDefinition): number[] {
    const totals = sums(this.blocks, blockSize(definition));
    return this.retained ? totals.map((value, i) => value + this.retained![i]) : totals;
  }

  scalar(definition: FamilyDefinition): ScalarSeries {
    const { labelNames, labelValues } = this;
    return { labelNames, labelValues, value: this.#scalarValue(definition) };
  }

  histogram(definition: FamilyDefinition): HistogramSeries {
    const { labelNames, labelValues } = this;
    const totals = this.totals(definition);
    const sum = totals[HISTOGRAM_SUM];
    return { labelNames, labelValues, counts: totals.slice(HISTOGRAM_COUNTS), sum };
  }

  #scalarValue({ type, combine }: FamilyDefinition): number {
    if (type === 'gauge' && combine !== 'sum') return combined(this.blocks, combine);
    let value = this.retained?.[0] ?? 0;
    for (const { thread, place } of this.blocks) value += thread.cell(place, 0);
    return value;
  }
}

function blockSize(definition: FamilyDefinition): number {
  return definition.type === 'histogram' ? HISTOGRAM_COUNTS + definition.buckets.length + 1 : 1;
}

function sums(blocks: readonly Block[], size: number): number[] {
  const totals: number[] = new Array(size).fill(0);
  for (const { thread, place } of blocks) {
    for (let i = 0; i < size; i++) totals[i] += thread.cell(place, i);
  }
  return totals;
}

/** A thread that never set the gauge does not count. */
function combined(blocks: readonly Block[], combine: Exclude<Combine, 'sum'>): number {
  // RACE: the time first: the writer stores it after the value, so that the value read here is at
  // least as new as the time.
  const set = blocks
    .map(({ thread, place }) => ({
      time: thread.cell(place, GAUGE_TIME),
      value: thread.cell(place, 0),
    }))
    .filter(({ time }) => time > 0);
  if (set.length === 0) return 0;
  const values = set.map(({ value }) => value);
  if (combine === 'min') return Math.min(...values);
  if (combine === 'max') return Math.max(...values);
  if (combine === 'mean') return values.reduce((sum, value) => sum + value, 0) / values.length;
  return set.reduce((last, next) => (next.time > last.time ? next : last)).value;
}
