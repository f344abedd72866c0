import { throwIfAborted } from '../platform/abort.ts';
/** What is made once for several askers. Each of them says when it is done with it. */
export interface Shareable {
  readonly done?: (() => void) | undefined;
}

interface Asker<A> {
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

/** Thrown when so many ask already that another would only wait. */
export class TooManyAsk extends Error {
  override readonly name = 'TooManyAsk';
}

/** Thrown when all who have asked for what is being made have gone. */
export class NobodyAsks extends Error {
  override readonly name = 'NobodyAsks';
}

/** Makes an answer. Calls `check` before what takes long; that throws once nobody waits for the answer. */
type Begin<A> = (check: () => void) => Promise<A>;

/**
 * Makes one answer for all who ask the same while another is being made. It is begun after they have asked,
 * so that each sees what was recorded before, and it is not begun at all if all of them have gone by then.
 * Different answers are made one after the other: side by side they would take as long, and more memory.
 */
export class SharedAnswers<A extends Shareable> {
  readonly #most: number;
  readonly #begun = new Set<string>();
  readonly #waiting = new Map<string, Set<Asker<A>>>();
  /** Resolves when all answers that are in line have been made. Absent if none is. */
  #line: Promise<void> | undefined;
  /** How many wait, both for what is begun and for what is not. */
  #askers = 0;

  /** @param most how many may wait at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @param signal aborts once the asker has gone
   * @throws TooManyAsk
   */
  async ask(question: string, begin: Begin<A>, signal?: AbortSignal): Promise<A> {
    if (signal) throwIfAborted(signal);
    if (this.#askers >= this.#most) throw new TooManyAsk('too many ask at the same time');
    const waiting = this.#waiting.get(question) ?? new Set();
    this.#waiting.set(question, waiting);
    let gone: (() => void) | undefined;
    this.#askers++;
    try {
      return await new Promise<A>((resolve, reject) => {
        const asker = { signal, resolve, reject };
        waiting.add(asker);
        gone = () => {
          waiting.delete(asker);
          reject(signal!.reason);
        };
        signal?.addEventListener('abort', gone);
        if (!this.#begun.has(question)) void this.#answerAll(question, begin);
      });
    } finally {
      this.#askers--;
      signal?.removeEventListener('abort', gone!);
    }
  }

  async #answerAll(question: string, begin: Begin<A>): Promise<void> {
    this.#begun.add(question);
    while (this.#waiting.has(question)) {
      const next = () => this.#answerNext(question, begin);
      const made = this.#line ? this.#line.then(next) : next();
      this.#line = made;
      await made;
      if (this.#line === made) this.#line = undefined;
    }
    this.#begun.delete(question);
  }

  /** Never rejects. */
  async #answerNext(question: string, begin: Begin<A>): Promise<void> {
    const askers = this.#waiting.get(question)!;
    this.#waiting.delete(question);
    const check = () => {
      if (askers.size === 0) throw new NobodyAsks('nobody waits for it any more');
    };
    try {
      check();
      share(await begin(check), [...askers]);
    } catch (error) {
      for (const { reject } of askers) reject(error);
    }
  }
}

/** Gives the answer to all askers. It is done with once all of them are done. */
function share<A extends Shareable>(answer: A, all: readonly Asker<A>[]): void {
  const askers = all.filter(({ signal }) => !signal?.aborted);
  let reading = askers.length;
  if (reading === 0) answer.done?.();
  for (const { resolve } of askers) {
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      if (--reading === 0) answer.done?.();
    };
    resolve({ ...answer, done });
  }
}
