import type { Clock } from '../platform/clock.ts';

/** Seconds, doubled after every failure up to the longest; a random part of a half is taken off. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;

/** Tries again what has failed, less and less often, until it succeeds. Holds no process. */
export class RetryUntilStored {
  readonly #after: Clock['after'];
  readonly #attempt: () => void;
  #wait = FIRST_WAIT;
  /** One at a time; another object when the one before is no longer wanted. */
  #planned: object | undefined;

  constructor(after: Clock['after'], attempt: () => void) {
    this.#after = after;
    this.#attempt = attempt;
  }

  failed(): void {
    if (this.#planned) return;
    const planned = {};
    this.#planned = planned;
    // Many that share a disk or a database are not to come back to it together.
    const wait = this.#wait * (1 - Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    void this.#after(wait).then(() => {
      if (this.#planned !== planned) return;
      this.#planned = undefined;
      this.#attempt();
    });
  }

  /** It has succeeded, or is wanted no more. */
  reset(): void {
    this.#planned = undefined;
    this.#wait = FIRST_WAIT;
  }
}
