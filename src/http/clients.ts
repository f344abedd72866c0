import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Connections at a time; beyond it one is closed. */
const MAX_CONNECTIONS = 512;
/** Requests that a client may send before it has read the answer to the first. No scraper sends two. */
const MAX_UNANSWERED = 16;
/** Answers that say so, too, wait for the first. */
const MAX_REFUSED = 256;

/** How long a client may take to say what it wants, and be silent while it is answered. Milliseconds. */
export const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const LONGEST_SILENCE = 30_000;

export function boundClients(server: Server): void {
  // Bun tells of a connection only with its first request. There the next one is closed.
  if ('Bun' in globalThis) server.maxConnections = MAX_CONNECTIONS;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size > MAX_CONNECTIONS) closeLongestIdle(open);
  });
  // Also while the client reads nothing of what it has asked for.
  server.setTimeout(LONGEST_SILENCE, (socket) => socket.destroy());
}

/** Of those that have no request under way: else clients that never send a whole one keep others out. */
function closeLongestIdle(open: Set<Socket>): void {
  for (const socket of open) {
    if (clients.get(socket)?.size) continue;
    // Its `close` comes later than the next connection.
    open.delete(socket);
    socket.destroy();
    return;
  }
}

/** By connection: the requests under way. */
const clients = new WeakMap<Socket, Set<AbortController>>();

/**
 * What aborts once nobody waits for the answer any more; `undefined` for a client that asks for too much.
 * Of a request that waits behind another on a socket that is lost, only the socket tells.
 */
export function waits(request: IncomingMessage, response: ServerResponse): AbortSignal | undefined {
  const { socket } = request;
  let underWay = clients.get(socket);
  if (!underWay) {
    const requests = new Set<AbortController>();
    underWay = requests;
    clients.set(socket, requests);
    // One for all of them: Node warns of a leak from the eleventh on.
    socket.once('close', () => {
      for (const controller of requests) controller.abort();
    });
  }
  if (underWay.size >= MAX_REFUSED) socket.destroy();
  const controller = new AbortController();
  if (socket.destroyed) controller.abort();
  else underWay.add(controller);
  response.once('close', () => {
    underWay.delete(controller);
    controller.abort();
  });
  return underWay.size > MAX_UNANSWERED ? undefined : controller.signal;
}
