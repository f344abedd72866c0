/**
 * After so many seconds a request is given up. At the edge, a request that has ended takes what it waited for
 * along; so may a stuck thread.
 */
const ABANDONED_AFTER = 30;

/**
 * Has one request under way at a time. A call that comes meanwhile waits for one more, since the first may
 * have been answered before what the caller wants to see was recorded.
 */
export class OneAtATime<T> {
  readonly #ask: () => Promise<T>;
  readonly #now: () => number;
  #underWay: Promise<T> | undefined;
  #again: Promise<T> | undefined;
  #since = 0;

  /** @param ask never rejects */
  constructor(ask: () => Promise<T>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  run(): Promise<T> {
    const now = this.#now();
    if (this.#underWay && now - this.#since < ABANDONED_AFTER) {
      this.#again ??= this.#underWay.then(() => {
        this.#again = undefined;
        return this.run();
      });
      return this.#again;
    }
    this.#since = now;
    this.#again = undefined;
    const underWay = this.#ask().finally(() => {
      if (this.#underWay === underWay) this.#underWay = undefined;
    });
    this.#underWay = underWay;
    return underWay;
  }
}
