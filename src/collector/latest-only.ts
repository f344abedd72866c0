/**
 * Sends something as often as it changes, but never more than one at a time: a receiver that is
 * stuck is not flooded, and what changes meanwhile goes out together.
 */
export class LatestOnly {
  readonly #send: () => Promise<void>;
  #stale = false;
  #sending: Promise<void> | undefined;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the receiver is up to date. */
  changed(): Promise<void> {
    this.#stale = true;
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#stale) {
      // Changes come in rows: wait for the row to end.
      await undefined;
      this.#stale = false;
      // A receiver that is gone has no successor to give it to.
      await this.#send().catch(() => {});
    }
    this.#sending = undefined;
  }
}
