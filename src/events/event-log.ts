/** The newest events, oldest first, each `[name,timestamp,value,labels,metadata]` as JSON. */
export class EventLog {
  readonly #limit: number;
  #entries: string[] = [];
  /** How many events have come so far. */
  count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return Math.min(this.#entries.length, this.#limit);
  }

  add(batch: readonly string[]): void {
    for (const entry of batch) this.#entries.push(entry);
    this.count += batch.length;
    // The list is cut when it is twice full, so that an event costs one copy and not one shift.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.entries();
  }

  clear(): void {
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
