import { after } from '../../platform/timers.ts';

/** So many wait at most. */
const MOST = 200;

/** What has happened, and waits for what the browser tells of it later. */
export class Waiting<T extends object> {
  readonly #seconds: number;
  readonly #close: (one: T) => void;
  /** Each with what cancels its timer. */
  readonly #all = new Map<T, () => void>();

  /**
   * @param seconds how long each waits
   * @param close called once for each
   */
  constructor(seconds: number, close: (one: T) => void) {
    this.#seconds = seconds;
    this.#close = close;
  }

  add(one: T): void {
    this.#all.set(
      one,
      after(this.#seconds, () => this.close(one)),
    );
    const oldest = this.#all.size > MOST ? this.find(() => true) : undefined;
    if (oldest) this.close(oldest);
  }

  find(isMeant: (one: T) => boolean): T | undefined {
    for (const one of this.#all.keys()) if (isMeant(one)) return one;
    return undefined;
  }

  close(one: T): void {
    this.#all.get(one)?.();
    if (this.#all.delete(one)) this.#close(one);
  }

  closeAll(): void {
    for (const one of [...this.#all.keys()]) this.close(one);
  }
}
