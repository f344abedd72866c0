import { transfer } from 'comlink';
import { ownFields } from '../platform/realm.ts';
import type { CollectorService } from '../protocol/service.ts';
import type { LinkRuntime } from './link-runtime.ts';

/** What travels on a port besides Comlink's calls. */
interface Announcement {
  /** The first message on a port that `createPort()` has made: the collector will come, however late. */
  readonly made?: boolean | undefined;
  readonly successor?: MessagePort | undefined;
  readonly ended?: boolean | undefined;
}

/** The port over which a thread follows from its collector to the next. */
interface Successor {
  readonly port: MessagePort;
  readonly from: CollectorService | undefined;
}

/**
 * The threads that joined, and how they follow when another collector replaces theirs. A port is lost with
 * the worker that it was handed to. So the first message on each port brings a second port, over which the
 * next collector will speak.
 */
export class ThreadPorts {
  readonly #successors = new Map<number, Successor>();
  /** The ports whose thread has ended, as far as ports tell. */
  readonly #closed = new WeakSet<MessagePort>();
  /** The number of the thread that has joined last. */
  joined = 0;

  /**
   * Hands this side of a thread's port to the collector that this thread owns.
   * @param thread its number; a new one unless given
   */
  add(port: MessagePort, service: CollectorService, thread = ++this.joined): Promise<void> {
    return this.#hand(thread, port, service);
  }

  /** Brings all threads to the collector that replaces another. */
  async follow(service: CollectorService): Promise<void> {
    const hand = async ([thread, { port, from }]: [number, Successor]) => {
      // RACE: a thread may have joined this one before those that are to follow.
      if (from === service) return;
      const ended = async () => {
        this.left(thread);
        await service.ended(thread).catch(() => {});
      };
      // The port has told of its end already. A collector in this thread would wait for that in vain.
      if (this.#closed.has(port)) return ended();
      try {
        await this.#hand(thread, port, service);
      } catch (error) {
        // Node refuses to send the port of a thread that has ended, with a DataCloneError. After any other
        // error the collector has failed again, and the thread can still follow to the next.
        if ((error as Error)?.name !== 'DataCloneError') return;
        await ended();
      }
    };
    await Promise.all([...this.#successors].map(hand));
  }

  /** @param from the collector that the thread has joined */
  adopt(thread: number, port: MessagePort, from: CollectorService | undefined): void {
    this.#successors.set(thread, { port, from });
    port.addEventListener('close', () => this.#closed.add(port));
  }

  left(thread: number): void {
    this.#successors.get(thread)?.port.close();
    this.#successors.delete(thread);
  }

  close(): void {
    for (const [thread, { port }] of [...this.#successors]) {
      withdrawSuccessor(port);
      this.left(thread);
    }
  }

  async #hand(thread: number, port: MessagePort, service: CollectorService): Promise<void> {
    this.adopt(thread, announceSuccessor(port), service);
    await sendPort(port, service, thread);
  }
}

/** Hands this side of a thread's port to a collector, even to one that has yet to come. */
export async function sendPort(
  port: MessagePort,
  service: CollectorService | Promise<CollectorService>,
  thread?: number,
): Promise<void> {
  try {
    await (await service).acceptPort(transfer(port, [port]), thread);
  } catch (error) {
    // The port may not have been sent. Its thread would ask over it then, and nobody would answer.
    port.close();
    throw error;
  }
}

/** Tells the thread that no collector will speak over this port, and closes it. */
export function withdrawSuccessor(port: MessagePort): void {
  // A message says so, too: ports of browsers do not tell that they are closed.
  port.postMessage({ ended: true });
  port.close();
}

/**
 * Sends a new port over this one. The next collector may speak over it. A thread may be sent several, and
 * follows the first over which a collector speaks.
 * @returns the other end of that port
 */
export function announceSuccessor(port: MessagePort): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port.postMessage({ successor: port2 }, [port2]);
  return port1;
}

/**
 * Calls `run` with each successor that comes over the port; the first comes with the port's first message.
 * Calls `ended` at the news that no collector will ever speak over it, and `made` at the news that one
 * will. Does not hold the process.
 */
export function onSuccessor(
  port: MessagePort,
  runtime: LinkRuntime,
  run: (successor: MessagePort) => void,
  ended: () => void,
  made?: () => void,
): void {
  const hear = (event: MessageEvent) => {
    const { successor, ended: hasEnded, made: isMade } = ownFields<Announcement>(event.data);
    if (hasEnded) ended();
    if (isMade) made?.();
    // Ports are the only clones that have methods.
    if (typeof successor?.postMessage !== 'function') return;
    // Comlink's listeners come after this one, and do not know this message.
    event.stopImmediatePropagation();
    run(successor);
  };
  port.addEventListener('message', hear);
  port.addEventListener('close', () => port.removeEventListener('message', hear), { once: true });
  port.start();
  runtime.portHolder(port).release();
}
