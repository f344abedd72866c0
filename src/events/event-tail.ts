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
    this.#entries.splice(0, surplus);
    this.#length = length;
  }

  /** Returns what waits. From then on it does not wait any more. */
  take(): readonly string[] {
    const taken = this.#entries;
    this.#entries = [];
    this.#length = 0;
    return taken;
  }
}
