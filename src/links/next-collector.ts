import { afterListening } from '../platform/timers.ts';
import type { LinkRuntime } from './link-runtime.ts';
import { onSuccessor } from './thread-ports.ts';

/** How long a caller that cannot wait for ever waits for the next collector. Seconds. */
const FOLLOW_DEADLINE = 10;

/** Waits, in a joined thread, for the collector that may replace the one that the thread has joined. */
export class NextCollector {
  readonly #runtime: LinkRuntime;
  readonly #came: (port: MessagePort) => void;
  readonly #none: () => void;
  /**
   * The next collector may speak over any of these ports. A thread that joined through another joined
   * thread is told of several.
   */
  readonly #ports = new Set<MessagePort>();
  readonly #waiting = new Set<(came: boolean) => void>();

  /**
   * @param came is called with its port when the next collector speaks
   * @param none is called when it is known that there will be none
   */
  constructor(runtime: LinkRuntime, came: (port: MessagePort) => void, none: () => void) {
    this.#runtime = runtime;
    this.#came = came;
    this.#none = none;
  }

  /** Whether there may be a next collector. */
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
      // Only one of them is followed; whoever has the other ends must learn that the others are not.
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

  /** Resolves to whether the next collector comes in time. Holds the process meanwhile. */
  wait(): Promise<boolean> {
    const [port] = this.#ports;
    if (!port) return Promise.resolve(false);
    const { hold, release } = this.#runtime.portHolder(port);
    // The holder counts the port as held at first, but it is not.
    release();
    hold();
    return new Promise((resolve) => {
      const settled = (came: boolean) => {
        cancel();
        this.#waiting.delete(settled);
        release();
        resolve(came);
      };
      const cancel = afterListening(FOLLOW_DEADLINE, () => settled(false));
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
