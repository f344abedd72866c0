import { transfer } from 'comlink';
import { own } from '../platform/realm.ts';
import type { CollectorService } from '../protocol/service.ts';
import type { LinkRuntime } from './link-runtime.ts';

/** What travels on a port besides Comlink's calls. */
interface Announcement {
  /** The first on a port that `createPort()` has made: the collector will come, however late. */
  readonly made?: boolean | undefined;
  readonly successor?: MessagePort | undefined;
  readonly ended?: boolean | undefined;
}

/** By this port a thread follows from its collector to the next. */
interface Successor {
  readonly port: MessagePort;
  readonly from: CollectorService | undefined;
}

/**
 * The threads that joined, and how they follow when another collector replaces theirs. A port goes
 * with the worker that it was handed to; so the first message on each port is another one, over
 * which the next collector will speak.
 */
export class ThreadPorts {
  readonly #successors = new Map<number, Successor>();
  /** Whose thread has ended, as far as ports tell. */
  readonly #closed = new WeakSet<MessagePort>();
  #joined = 0;

  /** Hands this side of a new thread's port to the collector that this thread owns. */
  add(port: MessagePort, service: CollectorService): Promise<void> {
    return this.#hand(++this.#joined, port, service);
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
      // A collector in this thread would wait for a port that has told already.
      if (this.#closed.has(port)) return ended();
      try {
        await this.#hand(thread, port, service);
      } catch (error) {
        // Node takes back the port of a thread that has ended. Where it was the collector that
        // failed again, the thread can still follow to the next.
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

/** Hands this side of a thread's port to a collector, also to one that is yet to come. */
export async function sendPort(
  port: MessagePort,
  service: CollectorService | Promise<CollectorService>,
  thread?: number,
): Promise<void> {
  try {
    await (await service).acceptPort(transfer(port, [port]), thread);
  } catch (error) {
    // It may not have been sent: then its thread would ask over it, and nobody would answer.
    port.close();
    throw error;
  }
}

/** No collector will speak over it. */
export function withdrawSuccessor(port: MessagePort): void {
  // In words as well: ports of browsers do not tell that they are closed.
  port.postMessage({ ended: true });
  port.close();
}

/**
 * Tells the thread at the other end of a port by which the next collector may speak. It may be told of
 * several: it follows the first that does.
 * @returns the other end of that port
 */
export function announceSuccessor(port: MessagePort): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port.postMessage({ successor: port2 }, [port2]);
  return port1;
}

/**
 * Calls `run` with each successor that the port is told of; the first comes with its first message. Calls
 * `ended` at the news that no collector will ever speak over it, and `made` at the news that one will. Does
 * not hold the process.
 */
export function onSuccessor(
  port: MessagePort,
  runtime: LinkRuntime,
  run: (successor: MessagePort) => void,
  ended: () => void,
  made?: () => void,
): void {
  const hear = (event: MessageEvent) => {
    const { successor, ended: hasEnded, made: isMade } = own<Announcement>(event.data);
    if (hasEnded) ended();
    if (isMade) made?.();
    // No clone has methods but a port.
    if (typeof successor?.postMessage !== 'function') return;
    // Comlink's listeners, which come after this one, know nothing of it.
    event.stopImmediatePropagation();
    run(successor);
  };
  port.addEventListener('message', hear);
  port.addEventListener('close', () => port.removeEventListener('message', hear), { once: true });
  port.start();
  runtime.portHolder(port).release();
}
