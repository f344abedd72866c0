import type { Clock } from '../platform/clock.ts';

/**
 * Seconds. The wait doubles after every failure, up to the longest. A random part of up to a half is taken
 * off.
 */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;

/** Tries again what has failed, less and less often, until it succeeds. Does not keep the process alive. */
export class RetryUntilStored {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #attempt: () => void;
  #wait = FIRST_WAIT;
  /**
   * The attempt that is planned, one at a time. Another object takes its place when it is no longer wanted.
   */
  #planned: object | undefined;

  constructor(clock: Pick<Clock, 'after'>, attempt: () => void) {
    this.#clock = clock;
    this.#attempt = attempt;
  }

  failed(): void {
    if (this.#planned) return;
    const planned = {};
    this.#planned = planned;
    // Many that share a disk or a database must not all come back to it at the same time.
    const wait = this.#wait * (1 - Math.random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    void this.#clock.after(wait).then(() => {
      if (this.#planned !== planned) return;
      this.#planned = undefined;
      this.#attempt();
    });
  }

  /** Called when it has succeeded, or is no longer wanted. */
  reset(): void {
    this.#planned = undefined;
    this.#wait = FIRST_WAIT;
  }
}
