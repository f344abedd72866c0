import type { HttpMetrics } from './http-metrics.ts';

/**
 * Returns the route template of a request, such as `/users/:id`. Anything but a string counts as no route.
 */
export type RouteOf<R = Request> = (request: R) => string | undefined;

/** Answers as `handle` does, with the same response or the same error, and records the outcome. */
export async function measured(
  metrics: HttpMetrics,
  request: Request,
  route: RouteOf | undefined,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  const end = metrics(request.method);
  const told = () => routeOf(route, request);
  // The client has gone, but a handler may wait for ever for something to tell it. 499 is nginx's status
  // for that.
  request.signal?.addEventListener('abort', () => end({ route: told(), status: 499 }));
  try {
    const response = await handle();
    // There is no response after an upgrade to a WebSocket in Bun: the protocol was switched.
    end({ route: told(), status: response?.status ?? 101 });
    return response;
  } catch (error) {
    end({ route: told(), error });
    throw error;
  }
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
