import { NO_ADDRESS, type ReadingKind } from '../kinds/kind.ts';
import type { Erasure } from '../model.ts';
import { indexOf, LARGEST_PAGE_CELLS, pageOf } from '../pages/layout.ts';
import { type CellReader, readCell } from '../pages/thread-reader.ts';
import { keepWithinLimits } from './left-series.ts';
import type { MergedFamily } from './merged-family.ts';
import { RecordingThread, type Share } from './recording-thread.ts';
import type { ThreadBlocks } from './thread-blocks.ts';

/** What the cells held when they were reset elsewhere; `undefined` if that is not known. */
type Before = readonly Float64Array[] | undefined;

interface Hidden {
  readonly erasure: Erasure;
  readonly before: Before;
  /** By the address of a block that was not the series' then: the one before, or `NO_ADDRESS` if it is new. */
  readonly moved: Map<number, number>;
}

/** At most so many erasures that a thread has yet to do are remembered, and told to the owner. */
const MAX_UNHEARD = 1000;

/**
 * A thread that may hear late of what others have reset or removed, since it may be busy. Until it has done
 * the same, what it holds of that is not shown. If it ends before that, it is never shown.
 */
export abstract class HearingThread extends RecordingThread {
  /** Its number among the threads of the owner. The owner itself is 0. */
  abstract readonly id: number;
  /** The erasures that it has yet to do, the oldest first. */
  protected readonly waiting: Erasure[] = [];
  /** What the cells of a family held before the family was told of here. */
  protected beforeNew: Before = [];
  #isUnsound = false;
  readonly #hidden = new Map<ThreadBlocks, Hidden>();

  /** Called once, when a cell of it holds what no thread of ours writes. */
  protected foundUnsound(): void {}

  /** What others have erased and this thread has yet to do. */
  get unheard(): readonly Erasure[] {
    return this.waiting;
  }

  /** Stops showing what the erasure concerns. */
  protected hide(erasure: Erasure, before: Before): void {
    this.waiting.push(erasure);
    if (this.waiting.length > MAX_UNHEARD) this.waiting.shift();
    for (const [id, share] of [...this.shares]) this.#hide(id, share, erasure, before);
  }

  /** Hides what the thread has told since of what was removed elsewhere. */
  protected hideAgain(): void {
    for (const erasure of this.waiting) {
      if (erasure.what === 'reset') continue;
      for (const [id, share] of [...this.shares]) this.#hide(id, share, erasure, []);
    }
  }

  /** Called when the thread has done the same: all that it has is newer. */
  protected heard(erasure: Erasure): void {
    const at = this.waiting.indexOf(erasure);
    if (at >= 0) this.waiting.splice(at, 1);
    for (const [blocks, hidden] of this.#hidden) {
      if (hidden.erasure !== erasure) continue;
      this.#hidden.delete(blocks);
      blocks.reader = this.reader;
    }
  }

  override family(...[id, definition, collects]: Parameters<RecordingThread['family']>): void {
    const isNew = !this.shares.has(id);
    super.family(id, definition, collects);
    const share = this.shares.get(id);
    if (!isNew || !share) return;
    // The owner is not checked, since it is the application itself.
    const isCell = share.family.kind.claims?.isCell;
    const { shape } = share.family.definition;
    if (this.id !== 0 && isCell) {
      this.#check(share.blocks, (value, cell) => isCell(value, cell, shape));
    }
    // A thread that has yet to hear of a reset made this family. It will then be reset with all others.
    for (const erasure of this.waiting) {
      if (isReset(erasure, share)) this.#hide(id, share, erasure, this.beforeNew);
    }
  }

  override series(...record: Parameters<RecordingThread['series']>): void {
    const [id, address] = record;
    const share = this.shares.get(id);
    const moved = share && this.#hidden.get(share.blocks)?.moved;
    if (moved) {
      const { addresses, folded } = share.blocks;
      // What the cells held then was another series, unless the thread names again what it has.
      if (!addresses.includes(address) && !folded.includes(address)) moved.set(address, NO_ADDRESS);
    }
    super.series(...record);
  }

  override seriesMoved(...record: Parameters<RecordingThread['seriesMoved']>): void {
    const [id, from, to] = record;
    const share = this.shares.get(id);
    const moved = share && this.#hidden.get(share.blocks)?.moved;
    if (moved) {
      moved.set(to, moved.get(from) ?? from);
      moved.delete(from);
    }
    super.seriesMoved(...record);
  }

  override familyRemoved(id: number, erased: boolean, erasure: number): void {
    const share = this.shares.get(id);
    if (share) this.#hidden.delete(share.blocks);
    super.familyRemoved(id, erased, erasure);
  }

  /** Whether the thread has told of the family. */
  records(family: MergedFamily): boolean {
    return [...this.shares.values()].some((share) => share.family === family);
  }

  /** Stops collecting what the thread has of the family, or will have. */
  setAside(family: MergedFamily): void {
    for (const [id, share] of [...this.shares]) {
      if (share.family === family) this.familyRemoved(id, false, 0);
    }
  }

  /** Returns what the thread has counted in a counter without labels. */
  count(name: string): number {
    for (const { family, blocks } of this.shares.values()) {
      const [address = -1] = blocks.addresses;
      if (family.definition.name === name && address >= 0) return readCell(this.reader, address, 0);
    }
    return 0;
  }

  /** Leaves its counters and histograms behind, and takes its gauges along. */
  leave(): void {
    for (const share of this.shares.values()) {
      const { family, blocks } = share;
      // Otherwise what is read next would have it twice: from the cells, and as what the thread has left.
      family.settle();
      for (let series = 0; series < family.size; series++) this.keepTotals(share, series);
      family.leave(blocks, this.host.now());
      this.host.table.tidy(family);
      keepWithinLimits(this.host.table, family);
    }
    this.shares.clear();
  }

  /** Checks its cells when they are read, since the thread may write to them itself meanwhile. */
  #check(blocks: ThreadBlocks, isCell: (value: number, cell: number) => boolean): void {
    blocks.sound = (value, cell) => {
      if (isCell(value, cell)) return value;
      if (!this.#isUnsound) {
        this.#isUnsound = true;
        this.foundUnsound();
      }
      return 0;
    };
  }

  #hide(id: number, share: Share, erasure: Erasure, before: Before): void {
    const { family, blocks } = share;
    const { labelValues } = erasure;
    if (erasure.family !== undefined && erasure.family !== family.definition.name) return;
    family.settle();
    if (isReset(erasure, share)) {
      this.#hidden.set(blocks, { erasure, before, moved: new Map() });
      blocks.reader = new Zeros(this.reader);
    } else if (erasure.what === 'clear') {
      family.drop(blocks, this.host.now());
    } else if (!labelValues) {
      family.leave(blocks, this.host.now());
      this.host.table.tidy(family);
      this.shares.delete(id);
    } else {
      const series = family.find(labelValues, false);
      if (series === undefined || blocks.of(series, false).length === 0) return;
      blocks.set(series, NO_ADDRESS);
      family.tidy(series, this.host.now());
    }
  }

  protected override keepTotals({ family, blocks }: Share, series: number): void {
    const { kind, definition } = family;
    const { claims } = kind;
    const { shape } = definition;
    if (!kind.retain) return;
    const hidden = this.#hidden.get(blocks);
    for (const address of blocks.of(series, family.isOverflow(series))) {
      const cells = blockIn(this.reader.pages, address, kind, shape);
      // A reset forgets what nobody records any more. Only what was counted since then remains.
      const before = hidden && blockBefore(hidden, address, kind, shape);
      const kept = hidden ? before && claims?.since?.(before, cells, shape) : cells;
      // Unsound values are not kept: no thread of ours writes them, and nobody could take them away again.
      const isSound = (block: readonly number[]) => {
        const areCells = block.every((value, i) => claims?.isCell?.(value, i, shape) ?? true);
        return areCells && (!kind.size || !claims || claims.isRetained!(block, shape));
      };
      if (kept && isSound(kept)) family.retain(series, kept);
    }
  }
}

/**
 * Whether the erasure resets the share. The only series of a family without label names is reset when the
 * family is cleared.
 */
function isReset({ what }: Erasure, { family }: Share): boolean {
  return what === 'reset' || (what === 'clear' && family.definition.labelNames.length === 0);
}

/** Returns what the block of a series held when that was reset; `undefined` if it is not known. */
function blockBefore(
  { before, moved }: Hidden,
  address: number,
  kind: ReadingKind,
  shape: object,
): readonly number[] | undefined {
  return before && blockIn(before, moved.get(address) ?? address, kind, shape);
}

/** Copies a block. Cells that are not there hold nothing: their page has come since, or there is no block. */
function blockIn(
  pages: readonly Float64Array[],
  address: number,
  kind: ReadingKind,
  shape: object,
): readonly number[] {
  const page = (address === NO_ADDRESS ? undefined : pages[pageOf(address)]) ?? NO_CELLS;
  const index = indexOf(address);
  const cells = kind.cells(shape);
  const block = Array.from(
    page.subarray(index, index + (kind.size?.(page, index, shape) ?? cells)),
  );
  while (block.length < cells) block.push(0);
  return block;
}

const NO_CELLS = new Float64Array(0);

/** Reads 0 wherever a thread has cells. */
class Zeros implements CellReader {
  readonly #of: CellReader;

  constructor(of: CellReader) {
    this.#of = of;
  }

  get pages(): readonly Float64Array[] {
    zeros ??= new Float64Array(LARGEST_PAGE_CELLS);
    return this.#of.pages.map(() => zeros!);
  }
}

let zeros: Float64Array | undefined;
