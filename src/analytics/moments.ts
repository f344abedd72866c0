/**
 * Count, mean, variance and extremes of values that are seen once each, by Welford's algorithm.
 * @see https://en.wikipedia.org/wiki/Algorithms_for_calculating_variance#Welford's_online_algorithm
 */
export class Moments {
  count = 0;
  mean = Number.NaN;
  min = Number.NaN;
  max = Number.NaN;
  #squares = 0;

  add(value: number): void {
    this.count++;
    if (this.count === 1) {
      this.mean = this.min = this.max = value;
      return;
    }
    const before = value - this.mean;
    this.mean += before / this.count;
    this.#squares += before * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  /** The mean of the squares of the distances from the mean; NaN without values. */
  get variance(): number {
    return this.count > 0 ? this.#squares / this.count : Number.NaN;
  }
}
