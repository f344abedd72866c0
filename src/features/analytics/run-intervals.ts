/** A longer interval than the last ones, by that factor, is a pause. */
const LONGER = 3;
/** And it must be so long. Seconds. */
const SHORTEST_PAUSE = 15;
/** The time of day was set if it differs by more than that part from the clock that nobody sets, and by so many seconds. */
const SET = { part: 0.1, seconds: 1 };
/** If it differs by less than that and by more than this, nobody knows which of the two is wrong: one may be read late. Seconds. */
const DOUBTFUL = 0.2;

/** Tells how much time lies between collection runs. */
export class RunIntervals {
  #timestamp = Number.NaN;
  #elapsed = 0;
  #usual: readonly number[] = [];

  /** The last interval, in seconds; 0 before there is one. */
  get last(): number {
    return this.#usual.at(-1) ?? 0;
  }

  /**
   * @param timestamp the time of day of a run, which somebody may have set
   * @param elapsed the seconds of a clock that nobody sets
   * @returns how many seconds lie between this run and the one before. `undefined` for the first run, if that is not
   *   known, and after a pause: nobody knows what was meanwhile
   */
  next(timestamp: number, elapsed: number): number | undefined {
    const passed = elapsed - this.#elapsed;
    const shown = timestamp - this.#timestamp;
    this.#timestamp = timestamp;
    this.#elapsed = elapsed;
    if (Number.isNaN(shown)) return undefined;
    // The time of day is exact: it is that of the snapshot. The other clock is read later.
    const difference = Math.abs(shown - passed);
    const isSet = difference > Math.max(SET.seconds, SET.part * passed);
    const isDoubtful = !isSet && difference > Math.max(DOUBTFUL, SET.part * passed);
    const interval = isSet ? passed : shown;
    const longest = Math.max(SHORTEST_PAUSE, LONGER * Math.max(...this.#usual));
    const isPause = this.#usual.length > 1 && Math.max(interval, isSet ? shown : 0) > longest;
    this.#usual = [...this.#usual.slice(-1), interval];
    return interval > 0 && !isPause && !isDoubtful ? interval : undefined;
  }
}
