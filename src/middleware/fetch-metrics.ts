import type { HttpMetrics } from './http-metrics.ts';

/** Tells the route template of a request, such as `/users/:id`. */
export type RouteOf<R = Request> = (request: R) => string | undefined;

/** Answers as `handle` does, with the same response or the same error, and records how. */
export async function measured(
  metrics: HttpMetrics,
  request: Request,
  route: RouteOf | undefined,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  const end = metrics(request.method);
  // A handler may wait for ever for something to tell a client that has gone. As nginx writes it.
  request.signal?.addEventListener(
    'abort',
    () => end({ route: routeOf(route, request), status: 499 }),
    {
      once: true,
    },
  );
  try {
    const response = await handle();
    // Without a response, as after an upgrade to a WebSocket in Bun, the protocol was switched.
    end({ route: routeOf(route, request), status: response?.status ?? 101 });
    return response;
  } catch (error) {
    end({ route: routeOf(route, request), error });
    throw error;
  }
}

/** Never throws. */
export function routeOf<R>(route: RouteOf<R> | undefined, request: R): string | undefined {
  try {
    return route?.(request);
  } catch {
    return undefined;
  }
}
