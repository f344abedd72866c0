import { EventLog } from './event-log.ts';

/** How many characters the log may have. */
const MAX_LENGTH = 268_435_456;

/**
 * The event log of a collector that other threads join. They may send very large events without end, so its
 * length is limited, too.
 */
export class BoundedEventLog extends EventLog {
  readonly #dropped: (count: number) => void;
  #length = 0;

  /** @param dropped is told how many events were dropped because of their length, not their number */
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

  /** Cuts the log to half of the limit, so that not every event costs a look at all of them. */
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
