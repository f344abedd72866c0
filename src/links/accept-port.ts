import { transfer } from 'comlink';
import type { OwnerClient, ThreadClient } from '../protocol/client.ts';
import type { ThreadService } from '../protocol/service.ts';
import { exchangeCalls } from './guarded-endpoint.ts';
import { THREAD_SERVICE_CALLS } from './service-calls.ts';
import { announceSuccessor } from './thread-ports.ts';

/**
 * Lets a thread speak with the collector over its port. Runs at the collector's end.
 * @returns what closes it
 */
export function acceptPort(
  port: MessagePort,
  session: (client: ThreadClient) => ThreadService,
  onClosed: () => void,
): () => void {
  // Node tells when the thread at the other end is gone. In browsers its lifeline tells (a Web Lock).
  port.addEventListener('close', onClosed, { once: true });
  // The thread may have sent memory that cannot be shared with this one. Nobody knows which call it was.
  const unread = () => port.postMessage({ unread: true });
  port.addEventListener('messageerror', unread);
  const { close } = exchangeCalls<ThreadClient, ThreadService>(port, THREAD_SERVICE_CALLS, session);
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
 * Tells the thread of a port over which it can follow to the next collector. The owner's threads get theirs
 * from the owner; this is for a thread that has joined through another joined thread. The other end goes to
 * the owner, since the joined thread that made the port may end before.
 */
export function adopt(port: MessagePort, thread: number, owner: OwnerClient): void {
  const successor = announceSuccessor(port);
  owner.adopt(thread, transfer(successor, [successor])).catch(() => {});
}
