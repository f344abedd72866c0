import { reasonOf, throwIfAborted } from '../../platform/abort.ts';
import { Refused } from './refused.ts';

/** How many may wait for their turn. */
const MOST_WAITING = 512;

/** Lets a few queries run at a time. The others wait, in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<() => void>();

  /** @param atOnce how many run at a time */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /**
   * Runs a query when it is its turn.
   * @throws Refused when too many wait already; what the signal gives as its reason, if it aborts before the turn
   */
  async run<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await start();
    } finally {
      const [next] = this.#waiting;
      if (next) next();
      else this.#free++;
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING) {
      throw new Refused('unavailable', `${MOST_WAITING} queries wait already; ask again later`);
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(begin);
        signal.removeEventListener('abort', giveUp);
      };
      const begin = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        reject(reasonOf(signal));
      };
      this.#waiting.add(begin);
      signal.addEventListener('abort', giveUp);
    });
  }
}
