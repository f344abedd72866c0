/** How many spans of a thread may be open. Whatever is started beyond that is not recorded. */
const MOST_OPEN = 100_000;
/**
 * After one to two periods of so many milliseconds a span that has not ended counts as one that never will. Otherwise a
 * program that forgets to end spans would have none in the end.
 */
const PERIOD = 600_000;

/** Counts the spans that are open, by the period in which they were started. The spans themselves are not held. */
export class OpenSpans {
  readonly #forgotten: (count: number) => void;
  #period = 1;
  #until: number;
  #latest = 0;
  #earlier = 0;

  /** @param forgotten is called with how many spans have never ended */
  constructor(now: number, forgotten: (count: number) => void) {
    this.#until = now + PERIOD;
    this.#forgotten = forgotten;
  }

  /**
   * Counts one that is started.
   * @param now milliseconds of a clock that nobody sets
   * @returns its period; 0 if there are too many
   */
  start(now: number): number {
    if (now >= this.#until) this.#next(now);
    if (this.#latest + this.#earlier >= MOST_OPEN) return 0;
    this.#latest++;
    return this.#period;
  }

  ended(period: number): void {
    if (period === this.#period) this.#latest--;
    else if (period === this.#period - 1) this.#earlier--;
  }

  #next(now: number): void {
    const isLong = now >= this.#until + PERIOD;
    const forgotten = this.#earlier + (isLong ? this.#latest : 0);
    if (forgotten > 0) this.#forgotten(forgotten);
    this.#earlier = isLong ? 0 : this.#latest;
    this.#latest = 0;
    this.#period += isLong ? 2 : 1;
    this.#until = now + PERIOD;
  }
}
