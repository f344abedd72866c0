import { EventLog } from './event-log.ts';

/** Characters that it has. */
const MAX_LENGTH = 268_435_456;

/** That of a collector that threads join, which may send events as large as they may be without end. */
export class BoundedEventLog extends EventLog {
  readonly #dropped: (count: number) => void;
  #length = 0;

  /** @param dropped told of events that it had room for by their number, and not by their length */
  constructor(limit: number, dropped: (count: number) => void) {
    super(limit);
    this.#dropped = dropped;
  }

  override add(batch: readonly string[]): void {
    super.add(batch);
    this.#length += lengthOf(batch);
    if (this.#length > MAX_LENGTH) this.#cut();
  }

  override clear(): void {
    super.clear();
    this.#length = 0;
  }

  override replace(entries: string[]): void {
    super.replace(entries);
    this.#length = lengthOf(entries);
  }

  /** To half of it, so that an event does not cost a look at all. */
  #cut(): void {
    const entries = this.entries();
    let first = entries.length;
    for (let left = MAX_LENGTH / 2; first > 0; first--) {
      left -= entries[first - 1]!.length;
      if (left < 0) break;
    }
    this.replace(entries.slice(first));
    if (first > 0) this.#dropped(first);
  }
}

function lengthOf(entries: readonly string[]): number {
  return entries.reduce((sum, { length }) => sum + length, 0);
}
