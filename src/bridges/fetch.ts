/** Middleware for servers that take a fetch handler, such as `Deno.serve` and `Bun.serve`. */
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware, ROUTE } from './checked-middleware.ts';
import { measured, type RouteOf } from './fetch-metrics.ts';
import { type ServerTracing, serverRequests } from './server-requests.ts';

export type { RouteOf };

export interface FetchMetricsOptions {
  /** The collector that gets the metrics. */
  readonly collector: TelemetryCollector;
  /**
   * The label `http_route`. It must be a template, never the path itself.
   * @defaultValue empty
   */
  readonly route?: RouteOf | undefined;
  /** Makes a span of each request: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. */
  readonly tracing?: ServerTracing | undefined;
}

/**
 * Returns a handler that answers as `handler` does, and records each request.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { instrumentFetch } from 'utilityfog-telemetry/fetch';
 *
 * const collector = new TelemetryCollector();
 * const fetch = instrumentFetch(() => new Response('hello'), { collector, route: () => '/hello' });
 * console.log((await fetch(new Request('http://localhost/hello'))).status);
 * // -> 200
 * await collector.shutdown();
 * ```
 */
export function instrumentFetch<A extends unknown[]>(
  handler: (request: Request, ...rest: A) => Response | Promise<Response>,
  options: FetchMetricsOptions,
): (request: Request, ...rest: A) => Promise<Response> {
  const { collector, route, tracing } = checkedMiddleware('instrumentFetch()', options, ROUTE);
  const observe = serverRequests(collector, tracing);
  return function (this: unknown, request, ...rest) {
    return measured(observe, request, route, () => handler.call(this, request, ...rest));
  };
}
