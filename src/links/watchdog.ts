import { monotonic } from '../platform/timers.ts';
import type { Link } from './link.ts';

/** How often the collector must answer, and how often in a row it may fail to. Seconds. */
export const PING_INTERVAL = 10;
const MAX_UNANSWERED = 3;
const LONGEST_SILENCE = PING_INTERVAL * MAX_UNANSWERED;

/** A worker may end or hang without a word, and the calls to it would never settle. */
export class Watchdog {
  #unanswered = 0;
  /** How long it may say nothing. Seconds. */
  #patience = LONGEST_SILENCE;
  /** When the collector last has. Seconds. */
  #answered = 0;

  /**
   * With a collector that has just joined, or been joined.
   * @param patience until its first answer. Seconds
   */
  start(patience = LONGEST_SILENCE): void {
    this.#unanswered = 0;
    this.#answered = monotonic();
    this.#patience = patience;
  }

  /** To be called every `PING_INTERVAL`: asks for an answer, and fails the link where none has come. */
  ping(link: Link | undefined): void {
    // Also by the clock: where time was replaced before this was loaded, a test turns it on at once.
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
