import type { MemoryPart } from '../pages/memory-mirror.ts';
import type { EventsPart, GatheredHandover, KeptHandover } from '../protocol/handover.ts';
import { MAX_HELD_EVENTS } from './unconfirmed-events.ts';

/**
 * What is kept of a thread's memory. Each scrape of private memory copies all its pages again. Only the latest copies
 * are kept.
 */
interface KeptMemory {
  readonly pages: Map<number, Float64Array>;
  readonly segments: MemoryPart['segments'][number][];
}

/** Keeps, in the owner's thread, what the collector leaves to the one that may have to replace it. */
export class HandoverKeeper {
  #handover: Omit<KeptHandover, 'memory' | 'events'> | undefined;
  /** The memory of each joined thread, by the thread's number. */
  readonly #memory = new Map<number, KeptMemory>();
  #events: EventsPart[] = [];

  keep({ memory = [], events, ...others }: KeptHandover): void {
    for (const [thread, { whole, pages, segments }] of memory) {
      const empty: KeptMemory = { pages: new Map(), segments: [] };
      const kept = (!whole && this.#memory.get(thread)) || empty;
      for (const [page, cells] of pages) kept.pages.set(page, cells);
      kept.segments.push(...segments);
      this.#memory.set(thread, kept);
    }
    if (events) this.#keepEvents(events);
    this.#handover = { ...this.#handover, ...others };
  }

  left(thread: number): void {
    this.#memory.delete(thread);
  }

  get handover(): GatheredHandover | undefined {
    if (!this.#handover) return undefined;
    const memory = [...this.#memory].map(
      ([thread, { pages, segments }]) =>
        [thread, { whole: true, pages: [...pages], segments }] as const,
    );
    return { ...this.#handover, memory, events: this.#events };
  }

  #keepEvents(part: EventsPart): void {
    let count = this.#events.reduce((sum, { count }) => sum + count, 0);
    const parts = this.#events.filter((old) => {
      const isGone = count - old.count >= part.before;
      if (isGone) count -= old.count;
      return !isGone;
    });
    if (part.count > 0) parts.push(part);
    let size = parts.reduce((sum, { texts }) => sum + texts.byteLength, 0);
    while (size > MAX_HELD_EVENTS) size -= parts.shift()!.texts.byteLength;
    this.#events = parts;
  }
}
