import type { EventsPart, GatheredHandover, KeptHandover } from '../protocol/handover.ts';
import { MAX_HELD_EVENTS } from './unconfirmed-events.ts';

/** Keeps, in the owner's thread, what the collector leaves to the one that may have to replace it. */
export class HandoverKeeper {
  #handover: Omit<KeptHandover, 'memory' | 'events'> | undefined;
  /** The memory of each joined thread, by the thread's number. */
  readonly #memory = new Map<number, NonNullable<KeptHandover['memory']>>();
  #events: EventsPart[] = [];

  keep({ memory = [], events, ...others }: KeptHandover): void {
    for (const entry of memory) {
      const [thread, { whole }] = entry;
      this.#memory.set(thread, whole ? [entry] : [...(this.#memory.get(thread) ?? []), entry]);
    }
    if (events) this.#keepEvents(events);
    this.#handover = { ...this.#handover, ...others };
  }

  left(thread: number): void {
    this.#memory.delete(thread);
  }

  get handover(): GatheredHandover | undefined {
    if (!this.#handover) return undefined;
    return { ...this.#handover, memory: [...this.#memory.values()].flat(), events: this.#events };
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
