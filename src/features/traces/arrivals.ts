/** So many threads are remembered, and of each so many batches. */
const MOST_OUTBOXES = 1000;
const MOST_BATCHES = 1000;

/** A batch of which spans are still here. */
export interface Arrival {
  readonly number: number;
  readonly from: Outbox;
  /** How many of its spans have not gone on. */
  left: number;
}

interface Outbox {
  /** Batches of which spans are still here. */
  readonly open: Map<number, Arrival>;
  /** Those that have come, so that none counts twice. */
  readonly known: Set<number>;
  latest: number;
}

/** Tells threads which of their batches they need not hold any more. */
export class Arrivals {
  readonly #outboxes = new Map<string, Outbox>();

  /** @returns the batch; `undefined` if it has come before */
  begin(outbox: string, number: number, count: number): Arrival | undefined {
    const from = this.#outbox(outbox);
    if (number === 0 || from.known.has(number)) return undefined;
    from.known.add(number);
    if (from.known.size > MOST_BATCHES) {
      for (const oldest of from.known) {
        from.known.delete(oldest);
        break;
      }
    }
    from.latest = Math.max(from.latest, number);
    const arrival = { number, from, left: count };
    if (count > 0) from.open.set(number, arrival);
    return arrival;
  }

  /** Says that a span of a batch has gone on, or was given up. */
  done(arrival: Arrival): void {
    arrival.left--;
    if (arrival.left <= 0) arrival.from.open.delete(arrival.number);
  }

  /** Returns the number up to which all batches of an outbox have gone on. */
  settled(outbox: string): number {
    const { open, latest } = this.#outbox(outbox);
    let first = latest + 1;
    for (const number of open.keys()) first = Math.min(first, number);
    return first - 1;
  }

  #outbox(name: string): Outbox {
    const known = this.#outboxes.get(name) ?? { open: new Map(), known: new Set(), latest: 0 };
    // The one that was used longest ago comes first.
    this.#outboxes.delete(name);
    this.#outboxes.set(name, known);
    if (this.#outboxes.size > MOST_OUTBOXES) {
      for (const oldest of this.#outboxes.keys()) {
        this.#outboxes.delete(oldest);
        break;
      }
    }
    return known;
  }
}
