/** Middleware for Node's `http` and for Express. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onRejection } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware, ROUTE } from './checked-middleware.ts';
import { type RouteOf, routeOf } from './fetch-metrics.ts';
import { type HttpMetrics, httpMetrics } from './http-metrics.ts';

export interface ListenerMetricsOptions<R = IncomingMessage> {
  readonly collector: TelemetryCollector;
  /** The label `http_route`. It must be a template such as `/users/:id`, never the path itself. */
  readonly route?: RouteOf<R> | undefined;
}

/** What Express adds to a request. */
export interface ExpressRequest extends IncomingMessage {
  readonly baseUrl?: string | undefined;
  readonly route?: { readonly path?: unknown } | undefined;
}

/** Returns a request listener that does as `listener` does, and records each request. */
export function instrumentListener<Q extends IncomingMessage, S extends ServerResponse>(
  listener: (request: Q, response: S) => unknown,
  options: ListenerMetricsOptions<Q>,
): (request: Q, response: S) => unknown {
  const { collector, route } = checkedMiddleware('instrumentListener()', options, ROUTE);
  const metrics = httpMetrics(collector);
  return function (this: unknown, request, response) {
    const failed = follow(metrics, request, response, () => routeOf(route, request));
    let result: unknown;
    try {
      result = listener.call(this, request, response);
    } catch (error) {
      failed(error);
      throw error;
    }
    // The caller gets the rejection itself with the result.
    onRejection(result, failed);
    return result;
  };
}

/**
 * Express middleware that records each request under `req.baseUrl + req.route.path`. Use it before all
 * routes. If a router is mounted under a path with parameters, Express gives their values and not their
 * names: pass `route` there.
 */
export function expressMetrics<Q extends ExpressRequest = ExpressRequest>(
  options: ListenerMetricsOptions<Q>,
): (request: Q, response: ServerResponse, next: (error?: unknown) => void) => void {
  const { collector, route = expressRoute } = checkedMiddleware('expressMetrics()', options, ROUTE);
  const metrics = httpMetrics(collector);
  return (request, response, next) => {
    follow(metrics, request, response, () => routeOf(route, request));
    next();
  };
}

function expressRoute({ baseUrl = '', route }: ExpressRequest): string | undefined {
  return route?.path === undefined ? undefined : `${baseUrl}${route.path}`;
}

/**
 * Records the request when its response has ended. The function it returns reports that the listener
 * failed.
 */
function follow(
  metrics: HttpMetrics,
  request: IncomingMessage,
  response: ServerResponse,
  route: () => string | undefined,
): (error: unknown) => void {
  const end = metrics(request.method);
  let failure: unknown;
  const forget = onLoss(request, ended);
  response.once('close', ended);

  function ended(): void {
    forget();
    // nginx writes 499 when the client has gone before the answer.
    const status = response.headersSent ? response.statusCode : failure === undefined ? 499 : 500;
    end({ route: route(), status, error: failure });
  }
  return (error) => {
    failure = error;
  };
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
