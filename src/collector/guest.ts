import { ConcurrencyLimit } from '../concurrency-limit.ts';
import { TooManyAsk } from './shared-answers.ts';

/** How many calls of a kind may be under way at a time: a small share of what the collector has room for. */
const MAX_UNDER_WAY = 16;
/** How many calls of a kind may wait for their turn. */
const MAX_WAITING = 512;
/** How many threads may be let in at a time, by the guest and by those that it has let in. */
const MAX_PORTS = 128;

/** A thread that the owner has let in, with all that it lets in itself. Any of them may be anybody's code. */
export class Guest {
  /** The turns by the kind of call. */
  readonly #turns = new Map<string, ConcurrencyLimit>();
  #ports = 0;

  /**
   * Makes an answer that may take long. Only a few of a kind are made at a time.
   * @throws TooManyAsk when many wait for that already
   */
  async ask<T>(kind: string, make: () => Promise<T>): Promise<T> {
    const turns = this.#turns.get(kind) ?? new ConcurrencyLimit(MAX_UNDER_WAY);
    this.#turns.set(kind, turns);
    if (turns.waiting >= MAX_WAITING) {
      throw new TooManyAsk(`of a thread's calls of ${kind}, ${MAX_WAITING} wait at most`);
    }
    return turns.run(make);
  }

  /** @throws RangeError when the guest has let in as many as it may */
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
