import type { ServerObservation, ServerRequests } from './server-requests.ts';

/**
 * Returns the route template of a request, such as `/users/:id`. Anything but a string counts as no route.
 */
export type RouteOf<R = Request> = (request: R) => string | undefined;

/**
 * Answers as `handle` does, with the same response or the same error, and records the outcome. The observation ends
 * with the response and not with its body: nobody can follow a body without putting another response in its place.
 */
export async function measured(
  observe: ServerRequests,
  request: Request,
  route: RouteOf | undefined,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  const observation = observe(request, () => routeOf(route, request));
  const forget = endOnAbort(request, observation);
  try {
    const response = await observation.run(handle);
    // There is no response after an upgrade to a WebSocket in Bun: the protocol was switched.
    observation.end({ status: response?.status ?? 101 });
    return response;
  } catch (error) {
    observation.end({ error });
    throw error;
  } finally {
    forget();
  }
}

/**
 * Ends an observation when the client has gone, since a handler may wait for ever for something to tell it.
 * @returns ends that. A signal may outlive its request, as one that many requests of a test share.
 */
export function endOnAbort({ signal }: Request, observation: ServerObservation): () => void {
  // 499 is nginx's status for that.
  const gone = () => observation.end({ status: 499 });
  signal?.addEventListener('abort', gone);
  return () => signal?.removeEventListener('abort', gone);
}

/** Asks for the route. What is not text counts as no route, so that the request is counted. Never throws. */
export function routeOf<R>(route: RouteOf<R> | undefined, request: R): string | undefined {
  try {
    const told: unknown = route?.(request);
    if (typeof told === 'string') return told;
    // The types forbid a promise, but a rejected one would end the process.
    (async () => told)().catch(() => {});
  } catch {}
  return undefined;
}
