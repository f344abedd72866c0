import { type Claims, NO_ADDRESS } from '../kinds/kind.ts';
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
}

/** So many erasures a thread may have yet to do and the owner is told of. */
const MAX_UNHEARD = 1000;

/**
 * A thread that hears late of what others have reset or removed: it may be busy. Until it has done the
 * same, what it holds of that is not shown, and never again if it ends before.
 */
export abstract class HearingThread extends RecordingThread {
  /** Its number among those of the owner, which is 0 itself. */
  abstract readonly id: number;
  /** What it has yet to do, the oldest first. */
  protected readonly waiting: Erasure[] = [];
  /** What a family held before it was told of here. */
  protected beforeNew: Before = [];
  #isUnsound = false;
  readonly #hidden = new Map<ThreadBlocks, Hidden>();

  /** A cell of it holds what no thread of ours writes. Called once. */
  protected foundUnsound(): void {}

  /** What others have erased and this thread has yet to do. */
  get unheard(): readonly Erasure[] {
    return this.waiting;
  }

  /** Shows nothing of it from now on. */
  protected hide(erasure: Erasure, before: Before): void {
    this.waiting.push(erasure);
    if (this.waiting.length > MAX_UNHEARD) this.waiting.shift();
    for (const [id, share] of [...this.shares]) this.#hide(id, share, erasure, before);
  }

  /** Of what it has told since of what was removed elsewhere. */
  protected hideAgain(): void {
    for (const erasure of this.waiting) {
      if (erasure.what === 'reset') continue;
      for (const [id, share] of [...this.shares]) this.#hide(id, share, erasure, []);
    }
  }

  /** The thread has done the same: all that it has is newer. */
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
    // The owner is the application itself.
    const isCell = share.family.kind.claims?.isCell;
    if (this.id !== 0 && isCell) this.#check(share.blocks, isCell);
    // Made by a thread that is still to hear of a reset, and will then be reset with all others.
    for (const erasure of this.waiting) {
      if (isReset(erasure, share)) this.#hide(id, share, erasure, this.beforeNew);
    }
  }

  override familyRemoved(id: number, erased: boolean, erasure: number): void {
    const share = this.shares.get(id);
    if (share) this.#hidden.delete(share.blocks);
    super.familyRemoved(id, erased, erasure);
  }

  /** Whether it has told of series of the family. */
  records(family: MergedFamily): boolean {
    return [...this.shares.values()].some((share) => share.family === family);
  }

  /** What it has of the family, and will have, is not collected. */
  setAside(family: MergedFamily): void {
    for (const [id, share] of [...this.shares]) {
      if (share.family === family) this.familyRemoved(id, false, 0);
    }
  }

  /** What the thread has counted in a counter without labels. */
  count(name: string): number {
    for (const { family, blocks } of this.shares.values()) {
      const [address = -1] = blocks.addresses;
      if (family.definition.name === name && address >= 0) return readCell(this.reader, address, 0);
    }
    return 0;
  }

  /** Leaves counters and histograms behind, takes gauges along. */
  leave(): void {
    for (const share of this.shares.values()) {
      const { family, blocks } = share;
      // Else what is read next would have it twice: in the cells, and as what is left of the thread.
      family.settle();
      this.#keepTotals(share);
      family.leave(blocks, this.host.now());
      this.host.table.tidy(family);
      keepWithinLimits(this.host.table, family);
    }
    this.shares.clear();
  }

  /** The thread may write to its cells itself, while they are read. */
  #check(blocks: ThreadBlocks, isCell: NonNullable<Claims['isCell']>): void {
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
      this.#hidden.set(blocks, { erasure, before });
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

  #keepTotals({ family, blocks }: Share): void {
    const { retain, claims } = family.kind;
    if (!retain) return;
    const length = family.kind.cells(family.definition.shape);
    const hidden = this.#hidden.get(blocks);
    for (let series = 0; series < family.size; series++) {
      for (const address of blocks.of(series, family.isOverflow(series))) {
        const cells = Array.from({ length }, (_, i) => readCell(this.reader, address, i));
        // A reset forgets what nobody records any more.
        const kept = hidden ? countedSince(hidden.before, address, cells, claims) : cells;
        // No thread of ours writes it, and nobody could take it away again.
        if (kept?.every((value, i) => claims?.isCell?.(value, i) ?? true))
          family.retain(series, kept);
      }
    }
  }
}

/** The only series of a family without label names is reset when the family is cleared. */
function isReset({ what }: Erasure, { family }: Share): boolean {
  return what === 'reset' || (what === 'clear' && family.definition.labelNames.length === 0);
}

/** What a block has recorded since; nothing if it is not known what it held. */
function countedSince(
  before: Before,
  address: number,
  cells: readonly number[],
  claims: Claims | undefined,
): readonly number[] | undefined {
  const held = before && cells.map((_, i) => cellOf(before, address, i));
  return held && claims?.since?.(held, cells);
}

/** A page that has come since held nothing then. */
function cellOf(pages: readonly Float64Array[], address: number, offset: number): number {
  return pages[pageOf(address)]?.[indexOf(address) + offset] ?? 0;
}

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
