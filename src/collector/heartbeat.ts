/**
 * For how long the event loop of a thread has been silent. The thread stores the time of its own clock
 * that is never set, whose beginning nobody else knows: what is watched is how far behind this side's
 * clock it falls. So it does not matter that the machine's clock is set.
 */
export class Heartbeat {
  #beat = -Infinity;
  #lookedAt = -Infinity;
  /** Seconds by which the clocks differ: the least that a beat was ever seen behind. */
  #apart = Infinity;

  /**
   * @param beat what the thread stored last, `Infinity` if it is not watched
   * @param now of this side's clock, in seconds
   */
  silence(beat: number, now: number): number {
    const behind = now - beat;
    const hasBeaten = beat !== this.#beat;
    // A clock that runs otherwise than this one, e.g. while the machine sleeps, or that a test replaces:
    // whoever has beaten since the last look has been silent for no longer than that.
    const isOff = beat < this.#beat || behind - this.#apart > now - this.#lookedAt;
    this.#apart = hasBeaten && isOff ? behind : Math.min(this.#apart, behind);
    this.#beat = beat;
    this.#lookedAt = now;
    return beat === Infinity ? 0 : behind - this.#apart;
  }
}
