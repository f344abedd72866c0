/** Makes rates of a counter. */
export class CounterRate {
  #before = Number.NaN;

  /**
   * @param value the counter now
   * @param seconds how long ago the one before was; `undefined` if that does not count
   * @returns by how much it grows in a second. NaN if that is not known, also if the counter has begun anew: a restart
   *   is no anomaly
   */
  next(value: number, seconds: number | undefined): number {
    const increase = value - this.#before;
    this.#before = value;
    return seconds === undefined || !(increase >= 0) ? Number.NaN : increase / seconds;
  }
}
