import { textOf } from '../model.ts';
import type { PartHost } from '../protocol/feature.ts';

/** What a part does with its storage, one thing after the other. What fails is told, and the rest goes on. */
export class StorageWork {
  readonly #host: Pick<PartHost, 'fail'>;
  readonly #failing: string;
  /** Settles with the last thing that was begun. Never rejects. */
  #last = Promise.resolve();
  /** What has failed last, which is told once. */
  #failure = '';

  /** @param failing says what fails, such as "the history cannot be kept" */
  constructor(host: Pick<PartHost, 'fail'>, failing: string) {
    this.#host = host;
    this.#failing = failing;
  }

  /** Resolves when all that was begun before is over. Never rejects. */
  get over(): Promise<void> {
    return this.#last;
  }

  /** Does it after all that was begun before. */
  afterwards(work: () => Promise<void>): void {
    this.#last = this.#last.then(() => this.#tried(work));
  }

  /** Does it at once. What is begun from now on waits for it, too. Never rejects. */
  async atOnce(work: () => Promise<void>): Promise<void> {
    const done = this.#tried(work);
    this.#last = Promise.all([this.#last, done]).then(() => {});
    await done;
  }

  /** Tells what has failed, unless it was told last. */
  failed(message: string): void {
    if (message !== this.#failure) this.#host.fail('storage', message);
    this.#failure = message;
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failure = '';
    } catch (error) {
      this.failed(`${this.#failing}: ${textOf(error)}`);
    }
  }
}
