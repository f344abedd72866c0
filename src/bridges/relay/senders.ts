/** What is longer would let a sender take much memory. UTF-16 units. */
export const LONGEST_SENDER = 512;

/**
 * So many times of a sender are known. When a page is left its last requests go at once, and a browser has six of them
 * under way, or some more.
 */
const MOST_TIMES = 16;

/** The times of a sender that were heard last, the latest one last. Nanoseconds since 1970. */
export type HeardTimes = readonly number[];

/** Whether what has this time has come already. What is earlier than all that is known of many times counts as that. */
export function isReplayed(time: number, heard: HeardTimes): boolean {
  return heard.includes(time) || (heard.length === MOST_TIMES && time < heard[0]!);
}

/**
 * The senders that were heard, each with the times of its last batches. A request is sent again if its answer was
 * lost, and must not count twice: it is known by its times.
 */
export class Senders {
  readonly #most: number;
  /** The sender that was heard last is last. */
  readonly #times = new Map<string, HeardTimes>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#times.size;
  }

  /** Returns the times of a sender. They do not change when more is heard of it. */
  timesOf(sender: string): HeardTimes {
    return this.#times.get(sender) ?? [];
  }

  /** If there are too many senders, the one that was silent longest is forgotten. */
  heard(sender: string, times: Iterable<number>): void {
    const all = [...new Set([...this.timesOf(sender), ...times])].sort((a, b) => a - b);
    this.#times.delete(sender);
    this.#times.set(sender, all.slice(-MOST_TIMES));
    if (this.#times.size <= this.#most) return;
    const [oldest] = this.#times.keys();
    this.#times.delete(oldest!);
  }
}
