import type { Block, CellMemory } from './thread-memory.ts';
import type { CatalogueVisitor, MemoryReader } from './thread-reader.ts';

/**
 * For a reader in the only thread there is: every series has an array of its own, the reader is told
 * of it by the call, and there are no pages and no journal.
 */
export class CellsInPlace implements CellMemory, MemoryReader {
  catalogue: CatalogueVisitor | undefined;
  // Between two requests the event loop may stand for hours, which is no stall.
  readonly heartbeat = Number.POSITIVE_INFINITY;
  readonly #blocks: Float64Array[] = [];
  readonly #free: number[] = [];

  take(size: number): Block {
    const cells = new Float64Array(size);
    const place = this.#free.pop() ?? this.#blocks.length;
    this.#blocks[place] = cells;
    return { cells, index: 0, place };
  }

  release(place: number): void {
    this.catalogue?.seriesRemoved(place);
    this.#free.push(place);
  }

  cell(place: number, offset: number): number {
    return this.#blocks[place][offset];
  }

  setPage(): void {}
  addSegment(): void {}
  drain(): void {}
}
