/** What is longer would let a sender take much memory. UTF-16 units. */
export const LONGEST_SENDER = 512;

/**
 * The senders that were heard, each with the time of its last batch. A request is sent again if its answer was
 * lost, and must not count twice: it is known by its times, since those of a sender only grow.
 */
export class Senders {
  readonly #most: number;
  /** The sender that was heard last is last. Nanoseconds since 1970. */
  readonly #times = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#times.size;
  }

  /** Returns the time up to which all that the sender says has come already. Nanoseconds since 1970. */
  heardUntil(sender: string): number {
    return this.#times.get(sender) ?? 0;
  }

  /** If there are too many senders, the one that was silent longest is forgotten. */
  heard(sender: string, until: number): void {
    const latest = Math.max(this.heardUntil(sender), until);
    this.#times.delete(sender);
    this.#times.set(sender, latest);
    if (this.#times.size <= this.#most) return;
    const [oldest] = this.#times.keys();
    this.#times.delete(oldest!);
  }
}
