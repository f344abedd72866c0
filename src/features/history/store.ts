import type { LabelSet } from '../../promql/label-set.ts';
import { Row, RowGroup } from './row.ts';
import { SeriesIndex } from './series-index.ts';
import { Slab } from './slab.ts';
import { BLOCK, type Block, Timeline } from './timeline.ts';

/** So many series at most have a slab together, so that packing one takes less than a millisecond. */
const SLAB_ROWS = 512;
/** What is to be packed is packed within so many runs. */
const PACKING_RUNS = 16;
/** What a block takes besides its slabs: an estimate, in bytes. */
const PER_BLOCK = 1000;

/** Why samples were dropped. */
export type DropReason =
  /** There was no memory for them, or for more series. */
  | 'full'
  /** The clock had jumped back. */
  | 'clock'
  /** The series has a later sample, or one from elsewhere. */
  | 'order';

interface Limits {
  /** Milliseconds. */
  readonly retention: number;
  readonly maxBytes: number;
}

/** The series and their samples, within limits of time and memory. */
export class Store {
  readonly index = new SeriesIndex();
  readonly #limits: Limits;
  readonly #timelines = new Set<Timeline<Slab>>();
  #slabBytes = 0;
  /** What is to be packed, the oldest first. */
  #unpacked: Slab[] = [];
  /** How many samples were ever taken, and dropped. */
  taken = 0;
  readonly dropped: Record<DropReason, number> = { full: 0, clock: 0, order: 0 };
  /** How many samples there are. */
  samples = 0;
  /** How many bytes are taken by what is kept beside the samples. */
  besides = 0;
  /** Called with each block that is complete. */
  onClosed: ((block: Block<Slab>) => void) | undefined;
  /** Called with each block that goes. */
  onDropped: ((block: Block<Slab>) => void) | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** How many bytes of memory everything takes. */
  get bytes(): number {
    return this.#slabBytes + this.index.bytes + this.besides;
  }

  /** The times of the oldest and the newest sample; `undefined` if there are none. */
  get span(): readonly [oldest: number, newest: number] | undefined {
    let oldest = Infinity;
    let newest = -Infinity;
    for (const { times, last } of this.blocks) {
      oldest = Math.min(oldest, times[0]!);
      newest = Math.max(newest, last);
    }
    return oldest <= newest ? [oldest, newest] : undefined;
  }

  /** All blocks that have times. */
  get blocks(): readonly Block<Slab>[] {
    return [...this.#timelines].flatMap(({ blocks }) => blocks.filter(({ length }) => length > 0));
  }

  timeline(): Timeline<Slab> {
    const timeline = new Timeline<Slab>();
    this.#timelines.add(timeline);
    return timeline;
  }

  /** Returns the series with these labels, a new one if there is none; `undefined` if there is no room for more. */
  row(labels: LabelSet, timeline: Timeline<Slab>): Row<Slab> | undefined {
    const known = this.index.get(labels);
    if (known) return known;
    if (this.index.bytes > this.#limits.maxBytes / 2) return undefined;
    const row = new Row(labels, timeline);
    this.index.add(row);
    return row;
  }

  /** Returns the number of a time in the open block of a timeline, which may be a new block. */
  add(timeline: Timeline<Slab>, time: number): number {
    this.#timelines.add(timeline);
    if (timeline.open.length === BLOCK) this.close(timeline);
    const slot = timeline.add(time);
    if (slot === 0) this.#slabBytes += PER_BLOCK;
    return slot;
  }

  /** Makes room in the open block for series that begin at the same time, which is the last one. */
  begin(timeline: Timeline<Slab>, rows: readonly Row<Slab>[], hasHistograms: boolean): void {
    for (let i = 0; i < rows.length; i += SLAB_ROWS) {
      const some = rows.slice(i, i + SLAB_ROWS);
      const isKnown = some[0]!.groups.length > 0;
      this.continue(timeline, new RowGroup(some, hasHistograms), isKnown);
    }
  }

  /** Makes room in the open block for a group that goes on. */
  continue({ open }: Timeline<Slab>, group: RowGroup<Slab>, isKnown = true): void {
    this.#slabBytes += new Slab(open, open.length - 1, group, isKnown).bytes;
  }

  /** Takes a block of an earlier process. */
  insert(block: Block<Slab>): void {
    this.#timelines.add(block.timeline);
    block.timeline.insert(block);
    this.#slabBytes += PER_BLOCK;
  }

  /** Notes what a slab of an earlier process holds. */
  inserted(slab: Slab): void {
    this.#slabBytes += slab.bytes;
    for (let row = 0; row < slab.group.rows.length; row++) {
      this.samples += slab.end(row) - slab.begin;
    }
  }

  /** Adds a time to a block that is closed, for stale markers. */
  extend(block: Block<Slab>, time: number): void {
    const { timeline, length } = block;
    const next = timeline.blocks[timeline.blocks.indexOf(block) + 1];
    const times = new Float64Array(length + 1);
    times.set(block.times);
    times[length] = Math.min(time, next ? (block.last + next.times[0]!) / 2 : Infinity);
    block.times = times;
    block.length++;
    timeline.last = Math.max(timeline.last, block.last);
  }

  /** Makes room for the last time of the block. */
  reach(slab: Slab): void {
    if (slab.block.length - slab.begin <= slab.room) return;
    this.#measured(slab, () => slab.grow());
  }

  /** Notes that the histograms of a slab take more. */
  grown(slab: Slab, bytes: number): void {
    slab.histogramBytes += bytes;
    this.#slabBytes += bytes;
  }

  /** Ends the open block of a timeline. */
  close(timeline: Timeline<Slab>): void {
    const block = timeline.blocks.at(-1);
    if (!block || block.isClosed || block.length === 0) return;
    block.isClosed = true;
    if (block.length < BLOCK) block.times = block.times.slice(0, block.length);
    this.#unpacked.push(...block.slabs);
    this.onClosed?.(block);
  }

  closeAll(): void {
    for (const timeline of this.#timelines) this.close(timeline);
  }

  /** Does a part of the packing that waits. */
  pack(most = Math.ceil(this.#unpacked.length / PACKING_RUNS)): void {
    for (const slab of this.#unpacked.splice(0, most)) this.#measured(slab, () => slab.pack());
  }

  /** Drops what is too old, and the oldest if there is too much. */
  trim(now: number): void {
    for (const timeline of this.#timelines) {
      while (timeline.blocks[0] && timeline.blocks[0].last <= now - this.#limits.retention) {
        this.#drop(timeline.blocks[0]);
      }
      if (timeline.blocks.length === 0) this.#timelines.delete(timeline);
    }
    if (this.bytes > this.#limits.maxBytes) this.pack(Infinity);
    while (this.bytes > this.#limits.maxBytes) {
      const firsts = [...this.#timelines].flatMap(({ blocks }) => blocks.slice(0, 1));
      if (firsts.length === 0) return;
      const begin = ({ times }: Block<Slab>) => times[0]!;
      const oldest = firsts.reduce((one, other) => (begin(other) < begin(one) ? other : one));
      this.dropped.full += this.#drop(oldest);
    }
  }

  /** Forgets a series that nobody samples and that has no samples. */
  release(row: Row<Slab>): void {
    row.isSampled = false;
    if (row.groups.length === 0) this.index.delete(row);
  }

  /** Drops all samples that are later than that, since the clock was wrong when they were taken. */
  cut(time: number): void {
    this.closeAll();
    for (const block of this.blocks) {
      const end = block.upTo(time);
      if (end === block.length) continue;
      if (end === 0) {
        this.dropped.clock += this.#drop(block);
        continue;
      }
      for (const slab of block.slabs) {
        for (let row = 0; row < slab.group.rows.length; row++) {
          const removed = slab.cut(row, end);
          this.dropped.clock += removed;
          this.samples -= removed;
        }
      }
      block.times = block.times.slice(0, end);
      block.length = end;
    }
    for (const timeline of this.#timelines)
      timeline.last = timeline.blocks.at(-1)?.last ?? -Infinity;
  }

  /** Returns how many samples are gone. */
  #drop(block: Block<Slab>): number {
    const { blocks } = block.timeline;
    blocks.splice(blocks.indexOf(block), 1);
    const wasClosed = block.isClosed;
    block.isClosed = true;
    let samples = 0;
    for (const slab of block.slabs) {
      this.#slabBytes -= slab.bytes;
      const { rows, slabs } = slab.group;
      for (let row = 0; row < rows.length; row++) samples += slab.end(row) - slab.begin;
      slabs.splice(slabs.indexOf(slab), 1);
      if (slabs.length > 0) continue;
      for (const row of rows) {
        row.drop(slab.group);
        if (!row.isSampled) this.release(row);
      }
    }
    this.#slabBytes -= PER_BLOCK;
    this.samples -= samples;
    if (this.#unpacked.length > 0) {
      this.#unpacked = this.#unpacked.filter((slab) => slab.block !== block);
    }
    if (wasClosed) this.onDropped?.(block);
    return samples;
  }

  #measured(slab: Slab, change: () => void): void {
    const before = slab.bytes;
    change();
    this.#slabBytes += slab.bytes - before;
  }
}
