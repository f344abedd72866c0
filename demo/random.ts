/**
 * Makes seeded random numbers (sfc32 by Chris Doty-Humphrey): the same seed gives the same simulation in
 * every runtime, which Math.random() cannot promise.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = 0x9e3779b9;
    this.#b = seed | 0;
    this.#c = Math.trunc(seed / 0x1_0000_0000) | 0;
    for (let i = 0; i < 12; i += 1) this.next();
  }

  /** Returns a number in [0, 1). */
  next(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 0x1_0000_0000;
  }

  /** Returns an integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Returns an integer whose average is `mean`: the whole part, plus one as often as the fraction says. */
  count(mean: number): number {
    return Math.floor(mean + this.next());
  }
}
