import { expose, wrap } from 'comlink';
import type { ThreadClient, ThreadService } from '../collector/protocol.ts';

/** The collector's end of a thread's port. */
export function acceptPort(
  port: MessagePort,
  session: (client: ThreadClient) => ThreadService,
  onClosed: () => void,
): void {
  // Node tells when the thread at the other end is gone; browsers do so by its lifeline.
  port.addEventListener('close', onClosed);
  expose(session(wrap<ThreadClient>(port) as unknown as ThreadClient), port);
  // An inline collector must not hold the process for a thread that may never speak again.
  (port as { unref?: () => void }).unref?.();
}
