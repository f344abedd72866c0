import type { LinkRuntime } from './link-runtime.ts';
import { onSuccessor } from './thread-ports.ts';

/** So long what cannot wait for ever waits for the next collector. Seconds. */
const FOLLOW_DEADLINE = 10;

/** The collector that may replace the one that a thread has joined, as that thread waits for it. */
export class NextCollector {
  readonly #runtime: LinkRuntime;
  readonly #came: (port: MessagePort) => void;
  readonly #none: () => void;
  /** Over any of these it may speak: a thread that is passed on by another is told of several. */
  readonly #ports = new Set<MessagePort>();
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
    return this.#ports.size > 0;
  }

  standBy(port: MessagePort): void {
    const ended = () => {
      if (!this.#ports.delete(port) || this.isPossible) return;
      this.#settle(false);
      this.#none();
    };
    const came = (next: MessagePort) => {
      const isFirst = this.#ports.delete(port);
      // Whoever has the other end of another one must not be followed as well.
      if (isFirst) this.#closeAll();
      this.standBy(next);
      if (!isFirst) return;
      this.#settle(true);
      this.#came(port);
    };
    this.#ports.add(port);
    port.addEventListener('close', ended);
    onSuccessor(port, this.#runtime, came, ended);
  }

  /** Whether it has come, or comes in time. Holds the process meanwhile. */
  wait(): Promise<boolean> {
    const [port] = this.#ports;
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
    this.#closeAll();
    this.#settle(false);
  }

  #settle(came: boolean): void {
    for (const settled of [...this.#waiting]) settled(came);
  }

  #closeAll(): void {
    for (const port of this.#ports) port.close();
    this.#ports.clear();
  }
}
