/**
 * Tells for how long the event loop of a thread has been silent. The thread stores the time of its own clock,
 * which is never set and whose beginning nobody else knows. What is watched is how far that falls behind the
 * clock of this side, so it does not matter that the machine's clock is set.
 */
export class Heartbeat {
  #beat = -Infinity;
  #lookedAt = -Infinity;
  /** Seconds by which the clocks differ: the least by which a beat was ever seen behind. */
  #apart = Infinity;

  /**
   * @param beat what the thread stored last; `Infinity` if it is not watched
   * @param now the time of this side's clock, in seconds
   */
  silence(beat: number, now: number): number {
    const behind = now - beat;
    const hasBeaten = beat !== this.#beat;
    // The thread's clock may run differently from this one, e.g. while the machine sleeps, or when a test
    // replaces it. A thread that has beaten since the last look has been silent for no longer than the time
    // since that look.
    const isOff = beat < this.#beat || behind - this.#apart > now - this.#lookedAt;
    this.#apart = hasBeaten && isOff ? behind : Math.min(this.#apart, behind);
    this.#beat = beat;
    this.#lookedAt = now;
    return beat === Infinity ? 0 : behind - this.#apart;
  }
}
