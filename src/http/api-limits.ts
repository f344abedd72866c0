import { TooManyAsk } from '../collector/shared-answers.ts';
import { whenAborted } from '../platform/abort.ts';

/** How many requests for Prometheus' HTTP API may be under way: as many as are answered at a time. */
const MOST_REQUESTS = 512;
/** How many bytes of bodies and answers are held for clients at a time. One answer may have as many. */
const MOST_HELD = 2 ** 28;

/**
 * Bounds what a listener holds for the clients of Prometheus' HTTP API. Clients that send or read slowly would otherwise
 * let it hold as much as they like.
 */
export class ApiLimits {
  #requests = 0;
  #held = 0;

  /**
   * Counts a request until nobody waits for its answer any more. Returns a function that counts bytes for as long. What
   * is alone may be as large as it likes, since that is bounded elsewhere. Both throw a TooManyAsk.
   */
  admit(signal: AbortSignal): (bytes: number) => void {
    if (this.#requests >= MOST_REQUESTS) throw new TooManyAsk('too many ask at the same time');
    let own = 0;
    this.#requests++;
    whenAborted(signal, () => {
      this.#requests--;
      this.#held -= own;
    });
    return (bytes) => {
      if (signal.aborted) return;
      if (this.#held > own && this.#held + bytes > MOST_HELD) {
        throw new TooManyAsk('too much is held for others at the same time');
      }
      own += bytes;
      this.#held += bytes;
    };
  }
}
