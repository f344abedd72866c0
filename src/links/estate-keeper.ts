import type { KeptEstate } from '../collector/protocol.ts';

/** What the collector leaves to the one that may have to replace it, as its owner keeps it. */
export class EstateKeeper {
  #estate: KeptEstate | undefined;
  /** By the numbers of the threads. */
  readonly #memory = new Map<number, NonNullable<KeptEstate['memory']>>();

  keep(estate: KeptEstate): void {
    for (const entry of estate.memory ?? []) {
      const [thread, { whole }] = entry;
      this.#memory.set(thread, whole ? [entry] : [...(this.#memory.get(thread) ?? []), entry]);
    }
    this.#estate = { ...this.#estate, ...estate };
  }

  left(thread: number): void {
    this.#memory.delete(thread);
  }

  get estate(): KeptEstate | undefined {
    return this.#estate && { ...this.#estate, memory: [...this.#memory.values()].flat() };
  }
}
