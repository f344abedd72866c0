import type { FloatHistogram } from '../../promql/histogram/float-histogram.ts';
import { PackedColumns } from './packed-columns.ts';
import type { Row, RowGroup } from './row.ts';
import { BLOCK, type Block } from './timeline.ts';

/** Stands for the end of a row that goes on with the block. */
const LIVE = 127;
/** Set beside the end of a row whose last sample is a stale marker. */
const STALE = 128;
/** How many samples a new series gets room for. Many series live for a moment only. */
const FIRST_ROOM = 8;
/** What a slab takes besides its columns, and a row in it besides its numbers: estimates, in bytes. */
const PER_SLAB = 400;
const PER_ROW = 1;

/**
 * The samples that a group of series has in a block. All of them begin at the same time, and have a sample at
 * each time until they end. The last one may be a stale marker. So nothing need be said of single samples.
 */
export class Slab {
  readonly block: Block<Slab>;
  /** The number of the first sample in the block. */
  readonly begin: number;
  readonly group: RowGroup<Slab>;
  /** By row: the number in the block behind the last sample, or `LIVE`. Absent if all are live. */
  #ends: Uint8Array | undefined;
  /** How many numbers each column has room for. */
  room: number;
  /** The columns, one after the other; absent once they are packed, or if there are only histograms. */
  data: Float64Array | undefined;
  #packed: PackedColumns | undefined;
  /** By row, from `begin` on, if the samples are histograms. */
  readonly histograms: (FloatHistogram | undefined)[][] | undefined;
  /** What the histograms take, in bytes. */
  histogramBytes = 0;

  /** @param isKnown whether the series had samples before, so that they probably will go on */
  constructor(block: Block<Slab>, begin: number, group: RowGroup<Slab>, isKnown: boolean) {
    const { length } = group.rows;
    this.block = block;
    this.begin = begin;
    this.group = group;
    this.room = isKnown ? BLOCK - begin : Math.min(FIRST_ROOM, BLOCK - begin);
    if (group.hasHistograms) this.histograms = group.rows.map(() => []);
    else this.data = new Float64Array(length * this.room);
    block.slabs.push(this);
    group.slabs.push(this);
  }

  /** How many bytes of memory it takes. */
  get bytes(): number {
    const columns = this.#packed?.size ?? this.data?.byteLength ?? 0;
    return PER_SLAB + this.group.rows.length * PER_ROW + columns + this.histogramBytes;
  }

  /** Makes room for one more sample. What was read before stays as it is. */
  grow(): void {
    const { data, room } = this;
    this.room = BLOCK - this.begin;
    if (!data) return;
    this.data = new Float64Array(this.group.rows.length * this.room);
    for (let i = 0; i < this.group.rows.length; i++) {
      this.data.set(data.subarray(i * room, (i + 1) * room), i * this.room);
    }
  }

  /** Returns the number in the block behind the last sample of a row. */
  end(row: number): number {
    const end = this.#ends ? this.#ends[row]! & LIVE : LIVE;
    return end === LIVE ? this.block.length : end;
  }

  isLive(row: number): boolean {
    return !this.#ends || this.#ends[row] === LIVE;
  }

  /** Whether all rows go on with the block. */
  get areLive(): boolean {
    return !this.#ends || this.#ends.every((end) => end === LIVE);
  }

  /** Whether the last sample of a row is a stale marker. */
  isStale(row: number): boolean {
    return this.#ends !== undefined && this.#ends[row]! >= STALE;
  }

  /**
   * Ends a row.
   * @param end the number in the block behind its last sample
   */
  finish(row: number, end: number, isStale: boolean): void {
    this.#ends ??= new Uint8Array(this.group.rows.length).fill(LIVE);
    this.#ends[row] = isStale ? end | STALE : end;
  }

  /** Takes away the samples that are later than the first so many of the block. Returns how many that were. */
  cut(row: number, end: number): number {
    const removed = this.end(row) - Math.max(end, this.begin);
    if (removed <= 0) return 0;
    this.finish(row, Math.max(end, this.begin), false);
    return removed;
  }

  /** Writes samples of a row, given by their numbers in the block, into `out`. A stale marker becomes anything. */
  read(row: number, from: number, to: number, out: Float64Array, at: number): void {
    const { begin, room, data } = this;
    if (this.#packed) this.#packed.read(row, from - begin, to - begin, out, at);
    else if (data) {
      const start = row * room - begin;
      for (let i = start + from, end = start + to; i < end; i++) out[at++] = data[i]!;
    }
  }

  /** Packs the columns. Its block must be closed. */
  pack(): void {
    if (!this.data) return;
    this.#packed = this.packed;
    this.data = undefined;
  }

  /** The columns in packed form, as far as they are written. Absent if there are only histograms. */
  get packed(): PackedColumns | undefined {
    return this.data ? PackedColumns.of(this.data, this.room, this.#lengths) : this.#packed;
  }

  /** Takes columns that an earlier process has packed. The ends of its rows must be known. */
  restore(bytes: Uint8Array): void {
    this.#packed = PackedColumns.from(bytes, this.#lengths);
    this.data = undefined;
  }

  /** How many samples each row has. */
  get #lengths(): Uint8Array {
    return Uint8Array.from(this.group.rows, (_, row) => this.end(row) - this.begin);
  }
}

/** Returns the time of the last sample of a series, or of its stale marker. */
export function lastOf({ groups, indexes }: Row<Slab>): number {
  for (let i = groups.length - 1; i >= 0; i--) {
    const { slabs } = groups[i]!;
    for (let at = slabs.length - 1; at >= 0; at--) {
      const slab = slabs[at]!;
      const end = slab.end(indexes[i]!);
      if (end > slab.begin) return slab.block.times[end - 1]!;
    }
  }
  return -Infinity;
}
