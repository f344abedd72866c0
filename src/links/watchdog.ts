import { monotonic } from '../platform/timers.ts';
import type { Link } from './link.ts';

/**
 * How often the collector is asked for an answer, in seconds, and how often in a row it may fail to give
 * one.
 */
export const PING_INTERVAL = 10;
const MAX_UNANSWERED = 3;
const LONGEST_SILENCE = PING_INTERVAL * MAX_UNANSWERED;

/**
 * Notices a collector that does not answer. A worker may end or hang without a word, and the calls to it
 * would never settle.
 */
export class Watchdog {
  #unanswered = 0;
  /** How long the collector may be silent. Seconds. */
  #patience = LONGEST_SILENCE;
  /** When the collector last answered. Seconds. */
  #answered = 0;

  /**
   * Starts to count anew, for a collector that has just joined or has just been joined.
   * @param patience how long its first answer may take. Seconds
   */
  start(patience = LONGEST_SILENCE): void {
    this.#unanswered = 0;
    this.#answered = monotonic();
    this.#patience = patience;
  }

  /**
   * To be called every `PING_INTERVAL`. Asks for an answer, and fails the link if none has come for too
   * long.
   */
  ping(link: Link | undefined): void {
    // The clock is asked as well: a test with replaced timers may let all these intervals pass at once.
    const isLate =
      this.#unanswered >= MAX_UNANSWERED && monotonic() - this.#answered > this.#patience - 1;
    this.#unanswered++;
    if (isLate) link?.fail(`the collector has not answered for ${this.#patience} seconds`);
    else
      link?.service.ping().then(
        () => this.start(),
        () => {},
      );
  }
}
