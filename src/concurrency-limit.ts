/** Lets a few tasks run at a time. The others wait, in the order in which they came. Imports nothing. */
export class ConcurrencyLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param atOnce how many tasks run at a time */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Runs a task when it is its turn.
   * @param start calls `done` as soon as the next task may start; its end has the same effect
   */
  async run<T>(start: (done: () => void) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
    return start(done).finally(done);
  }
}
