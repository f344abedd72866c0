import { SEGMENT_FILLED, SEGMENT_HEADER_BYTES } from './journal-layout.ts';
import type { PageBuffer } from './layout.ts';
import type { ThreadMemory } from './thread-memory.ts';

/** What changed in private memory since the last copy. */
export interface MemoryCopy {
  /** New records of the catalogue; each a complete segment. */
  readonly segments: readonly ArrayBuffer[];
  /** The filled part of every page. */
  readonly pages: readonly Float64Array<ArrayBuffer>[];
}

/** Copies the memory of a thread that cannot share it. */
export class MemoryCopier {
  readonly #memory: ThreadMemory;
  #segments: PageBuffer[] = [];
  #copied = 0;

  constructor(memory: ThreadMemory) {
    this.#memory = memory;
  }

  addSegment(buffer: PageBuffer): void {
    this.#segments.push(buffer);
  }

  copy(): MemoryCopy {
    const { pages, filled } = this.#memory.cells;
    const segments: ArrayBuffer[] = [];
    for (const buffer of this.#segments) {
      const end = new Int32Array(buffer, 0, 1)[SEGMENT_FILLED];
      if (end > this.#copied) segments.push(copyUnits(buffer, this.#copied, end));
      this.#copied = end;
      if (buffer !== this.#segments.at(-1)) this.#copied = 0;
    }
    this.#segments = this.#segments.slice(-1);
    return {
      segments,
      pages: pages.map((cells, page) => new Float64Array(cells.subarray(0, filled[page]))),
    };
  }
}

function copyUnits(source: PageBuffer, from: number, to: number): ArrayBuffer {
  const units = new Uint16Array(source, SEGMENT_HEADER_BYTES).subarray(from, to);
  const buffer = new ArrayBuffer(SEGMENT_HEADER_BYTES + units.byteLength);
  new Int32Array(buffer, 0, 1)[SEGMENT_FILLED] = units.length;
  new Uint16Array(buffer, SEGMENT_HEADER_BYTES).set(units);
  return buffer;
}
