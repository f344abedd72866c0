import { TooManyAsk } from '../shared-answers.ts';

/** Calls of a kind that may be under way at a time: a small share of what the collector has room for. */
const MAX_UNDER_WAY = 16;
/** Those that may wait for that. */
const MAX_WAITING = 512;
/** Threads that may be let in at a time, by it and by those. */
const MAX_PORTS = 128;

interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

/** A thread that the owner has let in, with all that it lets in itself: any may be anybody's code. */
export class Guest {
  readonly #lines = new Map<string, Line>();
  #ports = 0;

  /**
   * Makes an answer that may take long, a few of a kind at a time.
   * @throws TooManyAsk when many wait for that already
   */
  async ask<T>(kind: string, make: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(kind) ?? { underWay: 0, waiting: [] };
    this.#lines.set(kind, line);
    if (line.underWay < MAX_UNDER_WAY) {
      line.underWay++;
    } else if (line.waiting.length < MAX_WAITING) {
      await new Promise<void>((resolve) => line.waiting.push(resolve));
    } else {
      throw new TooManyAsk(`of a thread's calls of ${kind}, ${MAX_WAITING} wait at most`);
    }
    try {
      return await make();
    } finally {
      // Whoever is next takes this one's place.
      const next = line.waiting.shift();
      if (next) next();
      else line.underWay--;
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
