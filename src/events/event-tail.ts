/** How many characters may wait. */
const MAX_LENGTH = 16_777_216;

/** The newest events that one exporter has yet to take, oldest first, as the log keeps them. */
export class EventTail {
  readonly #limit: number;
  #entries: string[] = [];
  #length = 0;
  /** How many had to go before they were taken. */
  lost = 0;

  /** @param limit how many events may wait */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  add(batch: readonly string[]): void {
    for (const entry of batch) {
      this.#entries.push(entry);
      this.#length += entry.length;
    }
    let surplus = 0;
    let length = this.#length;
    while (this.#entries.length - surplus > this.#limit || length > MAX_LENGTH) {
      length -= this.#entries[surplus++]!.length;
    }
    this.lost += surplus;
    this.take(surplus);
  }

  /** Removes the oldest. */
  take(count: number): void {
    for (const { length } of this.#entries.splice(0, count)) this.#length -= length;
  }
}
