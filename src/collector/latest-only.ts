/**
 * Sends something whenever it changes, but never more than once at a time. A receiver that is stuck is not
 * flooded, and what changes meanwhile goes out together.
 */
export class LatestOnly {
  readonly #send: () => Promise<void>;
  #stale = false;
  #sending: Promise<boolean> | undefined;

  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /** Sends what has changed. Resolves to whether the receiver is up to date: it may be gone. */
  changed(): Promise<boolean> {
    this.#stale = true;
    this.#sending ??= this.#sendAll();
    return this.#sending;
  }

  async #sendAll(): Promise<boolean> {
    let isSent = false;
    while (this.#stale) {
      // Changes come in bursts. This waits for the burst to end.
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
