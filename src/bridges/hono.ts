import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { checkedMiddleware } from './checked-middleware.ts';
import { routeOf } from './fetch-metrics.ts';
import { httpMetrics } from './http-metrics.ts';

export interface HonoMetricsOptions {
  readonly collector: TelemetryCollector;
}

/** Records each request under the route template that matched. Use it before other middleware. */
export function honoMetrics(options: HonoMetricsOptions): MiddlewareHandler {
  const { collector } = checkedMiddleware('honoMetrics()', options, {});
  const metrics = httpMetrics(collector);
  return async (context, next) => {
    const end = metrics(context.req.method);
    // Handlers that `app.use` added take two arguments; they say nothing about the route.
    const matched = () =>
      matchedRoutes(context).findLast(
        ({ method, handler }) => method !== 'ALL' || handler.length < 2,
      )?.path;
    const route = () => routeOf(matched, context);
    context.req.raw.signal?.addEventListener('abort', () => end({ route: route(), status: 499 }));
    try {
      await next();
      end({ route: route(), status: context.res.status, error: context.error });
    } catch (error) {
      end({ route: route(), error });
      throw error;
    }
  };
}
