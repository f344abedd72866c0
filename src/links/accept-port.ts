import { transfer } from 'comlink';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { ThreadService } from '../protocol/service.ts';
import { meet } from './door.ts';
import { THREAD_SERVICE_CALLS } from './service-calls.ts';
import { announceSuccessor } from './thread-ports.ts';

/**
 * The collector's end of a thread's port.
 * @returns what closes it
 */
export function acceptPort(
  port: MessagePort,
  session: (client: ThreadClient) => ThreadService,
  onClosed: () => void,
): () => void {
  // Node tells when the thread at the other end is gone; browsers do so by its lifeline.
  port.addEventListener('close', onClosed, { once: true });
  // Such as memory that cannot be shared with this thread. Which call it was nobody knows.
  const unread = () => port.postMessage({ unread: true });
  port.addEventListener('messageerror', unread);
  const { close } = meet<ThreadClient, ThreadService>(port, THREAD_SERVICE_CALLS, session);
  // An inline collector must not hold the process for a thread that may never speak again.
  (port as { unref?: () => void }).unref?.();
  return () => {
    port.removeEventListener('close', onClosed);
    port.removeEventListener('messageerror', unread);
    close();
    port.close();
  };
}

/**
 * The thread follows over the port that it is told of, as those do that the owner lets join. The
 * owner's end goes to the owner: a joined thread that made the port may end before.
 */
export function adopt(port: MessagePort, thread: number, owner: OwnerClient): void {
  const successor = announceSuccessor(port);
  owner.adopt(thread, transfer(successor, [successor])).catch(() => {});
}
