/** Middleware for Node's `http` and for Express. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware, ROUTE } from './checked-middleware.ts';
import { type RouteOf, routeOf } from './fetch-metrics.ts';
import { type ExpressRequest, expressRoute, followRequest } from './node-requests.ts';
import { type ServerTracing, serverRequests } from './server-requests.ts';

export type { ExpressRequest };

export interface ListenerMetricsOptions<R = IncomingMessage> {
  /** The collector that gets the metrics. */
  readonly collector: TelemetryCollector;
  /** The label `http_route`. It must be a template such as `/users/:id`, never the path itself. */
  readonly route?: RouteOf<R> | undefined;
  /** Makes a span of each request: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. */
  readonly tracing?: ServerTracing | undefined;
}

/**
 * Returns a request listener that does as `listener` does, and records each request.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { instrumentListener } from 'utilityfog-telemetry/http';
 *
 * const collector = new TelemetryCollector();
 * const server = createServer(
 *   instrumentListener((request, response) => response.end('hello'), {
 *     collector,
 *     route: () => '/hello',
 *   }),
 * );
 * console.log(server.listening); // server.listen(8080)
 * // -> false
 * ```
 */
export function instrumentListener<Q extends IncomingMessage, S extends ServerResponse>(
  listener: (request: Q, response: S) => unknown,
  options: ListenerMetricsOptions<Q>,
): (request: Q, response: S) => unknown {
  const { collector, route, tracing } = checkedMiddleware('instrumentListener()', options, ROUTE);
  const observe = serverRequests(collector, tracing);
  return function (this: unknown, request, response) {
    const handle = followRequest(observe, request, response, () => routeOf(route, request));
    return handle(() => listener.call(this, request, response));
  };
}

/**
 * Express middleware that records each request under `req.baseUrl + req.route.path`. Use it before all
 * routes. If a router is mounted under a path with parameters, Express gives their values and not their
 * names: pass `route` there.
 * @example
 * ```ts
 * import express from 'express';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { expressMetrics } from 'utilityfog-telemetry/http';
 *
 * const collector = new TelemetryCollector();
 * const app = express();
 * app.use(expressMetrics({ collector }));
 * app.get('/users/:id', (request, response) => void response.send(request.params.id));
 * // app.listen(8080);
 * ```
 */
export function expressMetrics<Q extends ExpressRequest = ExpressRequest>(
  options: ListenerMetricsOptions<Q>,
): (request: Q, response: ServerResponse, next: (error?: unknown) => void) => void {
  const given = checkedMiddleware('expressMetrics()', options, ROUTE);
  const { collector, route = expressRoute, tracing } = given;
  const observe = serverRequests(collector, tracing);
  return (request, response, next) => {
    const handle = followRequest(observe, request, response, () => routeOf(route, request));
    handle(() => next());
  };
}
