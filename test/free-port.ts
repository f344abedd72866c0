/** Finds ports for programs that cannot pick one themselves, or must have the same one after a restart. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Resolves to a port that nobody has. It is none of those that systems give to whoever connects or lets them choose:
 * somebody else would soon have such a port, before the program starts or while it is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
