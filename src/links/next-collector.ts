import type { LinkRuntime } from '../runtime/runtime.ts';
import { onSuccessor } from './thread-ports.ts';

/** So long what cannot wait for ever waits for the next collector. Seconds. */
const FOLLOW_DEADLINE = 10;

/** The collector that may replace the one that a thread has joined, as that thread waits for it. */
export class NextCollector {
  readonly #runtime: LinkRuntime;
  readonly #came: (port: MessagePort) => void;
  readonly #none: () => void;
  #port: MessagePort | undefined;
  readonly #waiting = new Set<(came: boolean) => void>();

  /**
   * @param came when it speaks, over that port
   * @param none when it is known that there will be none
   */
  constructor(runtime: LinkRuntime, came: (port: MessagePort) => void, none: () => void) {
    this.#runtime = runtime;
    this.#came = came;
    this.#none = none;
  }

  /** Whether there may be one. */
  get isPossible(): boolean {
    return this.#port !== undefined;
  }

  standBy(port: MessagePort): void {
    const ended = () => {
      if (this.#port !== port) return;
      this.#port = undefined;
      this.#settle(false);
      this.#none();
    };
    this.#port = port;
    port.addEventListener('close', ended);
    const came = (next: MessagePort) => {
      this.standBy(next);
      this.#settle(true);
      this.#came(port);
    };
    onSuccessor(port, this.#runtime, came, ended);
  }

  /** Whether it has come, or comes in time. Holds the process meanwhile. */
  wait(): Promise<boolean> {
    const port = this.#port;
    if (!port) return Promise.resolve(false);
    const { hold, release } = this.#runtime.portHolder(port);
    // It begins as held, which the port is not.
    release();
    hold();
    return new Promise((resolve) => {
      const settled = (came: boolean) => {
        cancel();
        this.#waiting.delete(settled);
        release();
        resolve(came);
      };
      const cancel = this.#runtime.after(FOLLOW_DEADLINE, () => settled(false));
      this.#waiting.add(settled);
    });
  }

  close(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#settle(false);
  }

  #settle(came: boolean): void {
    for (const settled of [...this.#waiting]) settled(came);
  }
}
