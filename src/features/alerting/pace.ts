import { monotonic, nextTurn } from '../../platform/timers.ts';

/** Seconds after which the thread may do something else. */
const SLICE = 0.005;

/** Tells when work that has many small parts should let the thread do something else. */
export class Pace {
  #began = monotonic();

  get isOver(): boolean {
    return monotonic() - this.#began > SLICE;
  }

  async pause(): Promise<void> {
    await nextTurn();
    this.#began = monotonic();
  }
}
