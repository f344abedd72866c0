import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware, TRACING } from './checked-middleware.ts';
import { endOnAbort, routeOf } from './fetch-metrics.ts';
import { type ServerTracing, serverRequests } from './server-requests.ts';

/** The options of `honoMetrics()`. */
export interface HonoMetricsOptions {
  /** The collector that gets the metrics. */
  readonly collector: TelemetryCollector;
  /** Makes a span of each request: `requestTracing()` of `utilityfog-telemetry/opentelemetry`. */
  readonly tracing?: ServerTracing | undefined;
}

/**
 * Records each request under the route template that matched. Use it before other middleware.
 * @example
 * ```ts
 * import { Hono } from 'hono';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { honoMetrics } from 'utilityfog-telemetry/hono';
 *
 * const collector = new TelemetryCollector();
 * const app = new Hono();
 * app.use(honoMetrics({ collector }));
 * app.get('/users/:id', (context) => context.text(context.req.param('id')));
 * console.log(await (await app.request('/users/7')).text());
 * // -> 7
 * await collector.shutdown();
 * ```
 */
export function honoMetrics(options: HonoMetricsOptions): MiddlewareHandler {
  const { collector, tracing } = checkedMiddleware('honoMetrics()', options, TRACING);
  const observe = serverRequests(collector, tracing);
  return async (context, next) => {
    const { raw } = context.req;
    // Handlers that `app.use` added take two arguments; they say nothing about the route.
    const matched = () =>
      matchedRoutes(context).findLast(
        ({ method, handler }) => method !== 'ALL' || handler.length < 2,
      )?.path;
    const observation = observe(raw, () => routeOf(matched, context), requestOfNode(context.env));
    const forget = endOnAbort(raw, observation);
    try {
      await observation.run(next);
      observation.end({ status: context.res.status, error: context.error });
    } catch (error) {
      observation.end({ error });
      throw error;
    } finally {
      forget();
    }
  };
}

/** Hono's server for Node keeps the request of `http` in the environment. */
function requestOfNode(environment: unknown): object | undefined {
  const incoming = (environment as { incoming?: { rawHeaders?: unknown } } | undefined)?.incoming;
  return Array.isArray(incoming?.rawHeaders) ? incoming : undefined;
}
