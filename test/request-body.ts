/** Reads the bodies of requests in the servers of tests. */
import type { IncomingMessage } from 'node:http';
import { arrayBuffer } from 'node:stream/consumers';

/**
 * Resolves to the body, or to nothing if the client goes away before its end, as a page does that is left. A
 * listener that rejects then fails the whole run, whichever test is running.
 */
export async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return Buffer.from(await arrayBuffer(request));
  } catch {
    return undefined;
  }
}
