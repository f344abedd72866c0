/** How many steps regular expressions take in one go. A step takes a tenth of a microsecond or two. */
const STEPS = 25_000;

/** Thrown when the thread should do something else. The same call then goes on where it was. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/**
 * Says when regular expressions have taken so many steps that the thread should do something else. A call that is
 * interrupted is made again after a pause.
 */
export class Patience {
  steps = STEPS;
  readonly #pause: () => Promise<void>;

  constructor(pause: () => Promise<void>) {
    this.#pause = pause;
  }

  exceeded(): Interruption {
    return new Interruption('the thread is needed for something else');
  }

  /** Makes a call until it is not interrupted. It must do the same each time. */
  through<T>(call: () => T | Promise<T>): T | Promise<T> {
    try {
      const result = call();
      return result instanceof Promise ? result.catch((error) => this.#again(error, call)) : result;
    } catch (error) {
      return this.#again(error, call);
    }
  }

  async #again<T>(first: unknown, call: () => T | Promise<T>): Promise<T> {
    for (let error = first; ; ) {
      if (!(error instanceof Interruption)) throw error;
      await this.#pause();
      this.steps = STEPS;
      try {
        return await call();
      } catch (next) {
        error = next;
      }
    }
  }
}
