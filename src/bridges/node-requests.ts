import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerRequests } from './server-requests.ts';

/** What Express adds to a request. */
export interface ExpressRequest extends IncomingMessage {
  /** The path at which the router is mounted. */
  readonly baseUrl?: string | undefined;
  /** The route that matched. */
  readonly route?: { readonly path?: unknown } | undefined;
}

/** Returns the template of the route in which Express has answered a request. */
export function expressRoute({ baseUrl = '', route }: ExpressRequest): string | undefined {
  return route?.path === undefined ? undefined : `${baseUrl}${route.path}`;
}

/**
 * Observes a request of Node's `http` until its response has ended.
 * @returns runs the handler: it returns and throws what the handler does
 */
export function followRequest(
  observe: ServerRequests,
  request: IncomingMessage,
  response: ServerResponse,
  route: () => string | undefined,
): <T>(handle: () => T) => T {
  const observation = observe(request, route);
  let failure: unknown;
  const failed = (error: unknown) => {
    failure = error;
  };
  const forget = onLoss(request, ended);
  response.once('close', ended);

  function ended(): void {
    forget();
    // nginx writes 499 when the client has gone before the answer.
    const status = response.headersSent ? response.statusCode : failure === undefined ? 499 : 500;
    observation.end({ status, error: failure });
  }
  return (handle) => {
    try {
      return withRejection(observation.run(handle), failed);
    } catch (error) {
      failed(error);
      throw error;
    }
  };
}

/**
 * Calls `failed` if a handler has returned something asynchronous that fails. Returns what the caller gets in its place: a
 * promise that nobody handles is still reported, and only then.
 */
function withRejection<T>(result: T, failed: (error: unknown) => void): T {
  const then = thenOf(result);
  if (typeof then !== 'function') return result;
  const same = (value: unknown) => value;
  const rethrow = (error: unknown) => {
    failed(error);
    throw error;
  };
  return (Reflect.apply(then, result, [same, rethrow]) ?? result) as T;
}

function thenOf(result: unknown): unknown {
  try {
    return (Object(result) as { then?: unknown }).then;
  } catch {
    return undefined; // nothing but a look at it fails
  }
}

/** The callbacks of the requests under way, by connection. */
const connections = new WeakMap<object, Set<() => void>>();

/**
 * Calls back when the connection is lost, unless the function it returns has been called. A response that
 * waits behind another one never emits `close` then. Without this a client that sent many requests at once
 * and left would be counted as under way for good.
 */
function onLoss({ socket }: IncomingMessage, lost: () => void): () => void {
  // Requests without a connection, as in tests of applications, have no socket or only an imitation.
  if (typeof socket?.once !== 'function') return () => {};
  const known = connections.get(socket);
  const all = known ?? new Set();
  all.add(lost);
  if (!known) {
    connections.set(socket, all);
    // All requests share one listener, since Node warns of a leak from the eleventh on.
    socket.once('close', () => {
      for (const each of all) each();
    });
  }
  return () => void all.delete(lost);
}
