import { expose, wrap } from 'comlink';
import type { ThreadClient, ThreadService } from '../collector/protocol.ts';
import { closable } from './closable.ts';

/**
 * The collector's end of a thread's port.
 * @returns what closes it
 */
export function acceptPort(
  port: MessagePort,
  session: (client: ThreadClient) => ThreadService,
  onClosed: () => void,
): () => void {
  const { endpoint, close } = closable(port);
  // Node tells when the thread at the other end is gone; browsers do so by its lifeline.
  port.addEventListener('close', onClosed, { once: true });
  expose(session(wrap<ThreadClient>(endpoint) as unknown as ThreadClient), endpoint);
  // An inline collector must not hold the process for a thread that may never speak again.
  (port as { unref?: () => void }).unref?.();
  return () => {
    port.removeEventListener('close', onClosed);
    close();
    port.close();
  };
}
