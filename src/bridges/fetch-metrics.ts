import type { HttpMetrics } from './http-metrics.ts';

/** Tells the route template of a request, such as `/users/:id`; empty where it tells no string. */
export type RouteOf<R = Request> = (request: R) => string | undefined;

/** Answers as `handle` does, with the same response or the same error, and records how. */
export async function measured(
  metrics: HttpMetrics,
  request: Request,
  route: RouteOf | undefined,
  handle: () => Response | Promise<Response>,
): Promise<Response> {
  const end = metrics(request.method);
  const told = () => routeOf(route, request);
  // A handler may wait for ever for something to tell a client that has gone. As nginx writes it.
  request.signal?.addEventListener('abort', () => end({ route: told(), status: 499 }));
  try {
    const response = await handle();
    // Without a response, as after an upgrade to a WebSocket in Bun, the protocol was switched.
    end({ route: told(), status: response?.status ?? 101 });
    return response;
  } catch (error) {
    end({ route: told(), error });
    throw error;
  }
}

/** What is no text counts as no route, so that the request is counted. Never throws. */
export function routeOf<R>(route: RouteOf<R> | undefined, request: R): string | undefined {
  try {
    const told: unknown = route?.(request);
    if (typeof told === 'string') return told;
    // Types forbid a promise; one that is rejected would end the process.
    (async () => told)().catch(() => {});
  } catch {}
  return undefined;
}
