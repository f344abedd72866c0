import type { Clock } from '../../src/platform/clock.ts';

interface Timer {
  at: number;
  readonly every?: number;
  readonly run: () => void;
}

/** A clock whose time passes when the test says so. */
export class ManualClock implements Clock {
  #now = 1000;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  every(seconds: number, run: () => void): () => void {
    return this.#add({ at: this.#now + seconds, every: seconds, run });
  }

  after(seconds: number): Promise<void> {
    return new Promise((run) => void this.#add({ at: this.#now + seconds, run }));
  }

  pause(seconds: number): Promise<void> {
    return this.after(seconds);
  }

  async within(seconds: number, work: Promise<unknown>): Promise<void> {
    await Promise.race([work, this.after(seconds)]);
  }

  /** Runs what falls due, in order. After each, lets what that started go on. */
  async pass(seconds: number): Promise<void> {
    await settled();
    const end = this.#now + seconds;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.#now = next.at;
      if (next.every) next.at += next.every;
      else this.#timers.delete(next);
      next.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }
}

/** Resolves when promises that only wait for each other have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
