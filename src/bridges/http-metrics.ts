import { isError } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { DURATION_BUCKETS, knownMethod } from './http-conventions.ts';
import { metricOf, quietly } from './shared-metric.ts';

/** How a request was answered. */
export interface HttpOutcome {
  /** The template that matched, such as `/users/:id`. It is never the path itself. */
  readonly route?: string | undefined;
  /** The status; 500 unless given, since servers answer so when a handler fails. */
  readonly status?: number | undefined;
  /** What the handler threw. */
  readonly error?: unknown;
}

/** Counts a request as begun. The function it returns counts it as ended, once. Neither ever throws. */
export type HttpMetrics = (method: string | undefined) => (outcome: HttpOutcome) => void;

/** Registers the metrics of an HTTP server, under the names of OpenTelemetry and of Prometheus. */
export function httpMetrics(collector: TelemetryCollector): HttpMetrics {
  const duration = metricOf(
    collector,
    'http_server_request_duration_seconds',
    'histogram',
    (name) =>
      collector.registerHistogram(name, 'Duration of HTTP requests', {
        labelNames: [
          'http_request_method',
          'http_route',
          'http_response_status_code',
          'error_type',
        ],
        unit: 'seconds',
        buckets: DURATION_BUCKETS,
      }),
  );
  const active = metricOf(collector, 'http_server_active_requests', 'gauge', (name) =>
    collector.registerGauge(name, 'HTTP requests under way', {
      labelNames: ['http_request_method'],
      // A request may take longer than any series stays, and is counted down in the end.
      expireAfter: Infinity,
    }),
  );
  const requests = metricOf(collector, 'http_requests_total', 'counter', (name) =>
    collector.registerCounter(name, 'HTTP requests answered', {
      labelNames: ['method', 'route', 'status'],
    }),
  );
  return (given) => {
    const method = knownMethod(given);
    const start = performance.now();
    const underWay = { http_request_method: method };
    quietly(() => active?.increment(1, underWay));
    let open = true;
    return ({ route = '', status = 500, error }) => {
      if (!open) return;
      open = false;
      quietly(() => active?.decrement(1, underWay));
      quietly(() => requests?.increment(1, { method, route, status }));
      quietly(() =>
        duration?.observe((performance.now() - start) / 1000, {
          http_request_method: method,
          http_route: route,
          http_response_status_code: status,
          error_type: errorType(status, error),
        }),
      );
    };
  };
}

/** Returns OpenTelemetry's `error.type`: the kind of exception, else the status if it means a failure. */
function errorType(status: number, error: unknown): string {
  if (isError(error)) return error.name;
  if (error !== undefined) return typeof error;
  return status >= 500 ? String(status) : '';
}
