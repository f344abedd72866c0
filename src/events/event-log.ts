import type { EventTail } from './event-tail.ts';

/** The newest events, oldest first, each `[name,timestamp,value,labels,metadata]` as JSON. */
export class EventLog {
  readonly #limit: number;
  #entries: string[] = [];
  /** How many events have come so far. */
  count = 0;
  /** What exporters have yet to take. */
  readonly tails = new Set<EventTail>();
  /** Those that were restored: somebody else has recorded them, and exported them. */
  restored: ReadonlySet<string> = new Set();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return Math.min(this.#entries.length, this.#limit);
  }

  add(batch: readonly string[]): void {
    for (const entry of batch) this.#entries.push(entry);
    this.count += batch.length;
    for (const tail of this.tails) tail.add(batch);
    // The list is cut when it is twice full, so that an event costs one copy and not one shift.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.entries();
  }

  clear(): void {
    for (const tail of this.tails) tail.take();
    this.#entries = [];
  }

  entries(): string[] {
    return this.#limit === 0 ? [] : this.#entries.slice(-this.#limit);
  }

  replace(entries: string[]): void {
    this.#entries = entries;
    this.count += entries.length;
  }
}
