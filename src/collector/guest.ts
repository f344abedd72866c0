import { TooManyAsk } from '../shared-answers.ts';

/** Calls of a kind that may be under way at a time: a small share of what the collector has room for. */
const MAX_UNDER_WAY = 16;
/** Threads that may be let in at a time, by it and by those. */
const MAX_PORTS = 128;

/** A thread that the owner has let in, with all that it lets in itself: any may be anybody's code. */
export class Guest {
  readonly #underWay = new Map<string, number>();
  #ports = 0;

  /**
   * Makes an answer that may take long.
   * @throws TooManyAsk when many of its kind are being made already
   */
  async ask<T>(kind: string, make: () => Promise<T>): Promise<T> {
    const others = this.#underWay.get(kind) ?? 0;
    if (others >= MAX_UNDER_WAY) {
      throw new TooManyAsk(`a thread has ${MAX_UNDER_WAY} calls of ${kind} under way at most`);
    }
    this.#underWay.set(kind, others + 1);
    try {
      return await make();
    } finally {
      this.#underWay.set(kind, this.#underWay.get(kind)! - 1);
    }
  }

  /** @throws RangeError when it has let in as many as it may */
  letIn(): void {
    if (this.#ports >= MAX_PORTS) {
      throw new RangeError(`a thread lets in ${MAX_PORTS} others at a time at most`);
    }
    this.#ports++;
  }

  hasLeft(): void {
    this.#ports--;
  }
}
