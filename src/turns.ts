/** Lets a few run at a time; the others wait, in the order in which they came. Imports nothing. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param atOnce how many run at a time */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param start calls `done` as soon as the next may start; that it has ended says so, too */
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
