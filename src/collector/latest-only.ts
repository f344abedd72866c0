/**
 * Sends something as often as it changes, but never more than one at a time: a receiver that is
 * stuck is not flooded, and what changes meanwhile goes out together.
 */
export class LatestOnly {
  readonly #send: () => Promise<void>;
  #stale = false;
  #sending: Promise<boolean> | undefined;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the receiver is up to date, to whether it is: it may be gone. */
  changed(): Promise<boolean> {
    this.#stale = true;
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  async #sendAll(): Promise<boolean> {
    let isSent = false;
    while (this.#stale) {
      // Changes come in rows: wait for the row to end.
      await undefined;
      this.#stale = false;
      isSent = await this.#send().then(
        () => true,
        () => false,
      );
    }
    this.#sending = undefined;
    return isSent;
  }
}
