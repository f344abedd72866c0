import { indexOf, pageOf } from './layout.ts';
import type { ThreadMemory } from './thread-memory.ts';
import type { MemoryReader } from './thread-reader.ts';

/** For a reader in the thread that writes: there is nothing to hand over and no journal. */
export function readInPlace({ cells }: ThreadMemory): MemoryReader {
  return {
    // Between two requests the event loop may stand for hours, which is no stall.
    heartbeat: Number.POSITIVE_INFINITY,
    cell: (place, offset) => cells.pages[pageOf(place)][indexOf(place) + offset],
    setPage: () => {},
    addSegment: () => {},
    drain: () => {},
  };
}
