import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many connections may be open at a time. Beyond that the longest idle one is closed. */
const MAX_CONNECTIONS = 512;
/** How many requests a client may send before it has read the answer to the first. No scraper sends two. */
const MAX_UNANSWERED = 16;
/**
 * Requests beyond that limit are refused, but their answers wait for the first one, too. At this number the
 * connection is closed.
 */
const MAX_REFUSED = 256;

/** How long a client may take to send its request, and how long it may be silent meanwhile. Milliseconds. */
export const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const LONGEST_SILENCE = 30_000;

export function limitClients(server: Server): void {
  // Bun reports a connection only with its first request, so idle ones are not known here. Beyond the limit
  // Bun closes the newest one.
  if ('Bun' in globalThis) server.maxConnections = MAX_CONNECTIONS;
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size > MAX_CONNECTIONS) closeLongestIdle(open);
  });
  // This timeout also holds while the client reads nothing of the answer.
  server.setTimeout(LONGEST_SILENCE, (socket) => socket.destroy());
}

/**
 * Closes the longest idle connection without a request under way. Otherwise clients that never send a whole
 * request would keep others out.
 */
function closeLongestIdle(open: Set<Socket>): void {
  for (const socket of open) {
    if (clients.get(socket)?.size) continue;
    // Its `close` event comes later than the next connection.
    open.delete(socket);
    socket.destroy();
    return;
  }
}

/** The requests under way, by connection. */
const clients = new WeakMap<Socket, Set<AbortController>>();

/**
 * Returns a signal that aborts once nobody waits for the answer any more, or `undefined` if the client asks
 * for too much. If a request waits behind another one and the socket is lost, only the socket tells.
 */
export function signalFor(
  request: IncomingMessage,
  response: ServerResponse,
): AbortSignal | undefined {
  const { socket } = request;
  let underWay = clients.get(socket);
  if (!underWay) {
    const requests = new Set<AbortController>();
    underWay = requests;
    clients.set(socket, requests);
    // All requests share one listener, since Node warns of a leak from the eleventh on.
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
