import type { ExemplarLabels } from '../kinds/exemplars.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { among, DURATION_BUCKETS, knownMethod, OTHER } from './http-conventions.ts';
import { metricOf, quietly } from './shared-metric.ts';

/**
 * What is known of a request once it was answered. Its metrics and its span say the same, except that metrics have only so
 * many kinds of exception.
 */
export interface AnsweredRequest {
  /** The template that matched, such as `/users/:id`; empty if none is known. It is never the path itself. */
  readonly route: string;
  /** The status of the answer. */
  readonly status: number;
  /** The kind of exception, else the status if it means a failure, else empty. */
  readonly errorType: string;
  /** What the handler threw; `undefined` if it threw nothing. */
  readonly error: unknown;
  /** How many seconds the answer took. */
  readonly seconds: number;
}

/** Counts a request as begun. The function it returns counts it as ended. Neither ever throws. */
export type HttpMetrics = (
  method: string | undefined,
) => (answered: AnsweredRequest, exemplar: ExemplarLabels | undefined) => void;

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
  const errors = new Set<string>();
  return (given) => {
    const method = knownMethod(given);
    const underWay = { http_request_method: method };
    quietly(() => active?.increment(1, underWay));
    return ({ route, status, errorType, error, seconds }, exemplar) => {
      quietly(() => active?.decrement(1, underWay));
      quietly(() => requests?.increment(1, { method, route, status }));
      quietly(() =>
        duration?.observe(
          seconds,
          {
            http_request_method: method,
            http_route: route,
            http_response_status_code: status,
            error_type: error === undefined || among(errors, errorType) ? errorType : OTHER,
          },
          exemplar && { exemplar },
        ),
      );
    };
  };
}
