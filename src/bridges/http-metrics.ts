import type { MetricType } from '../model.ts';
import type { Rule, Rules } from '../options.ts';
import { isError } from '../platform/realm.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';

/** The buckets that OpenTelemetry recommends for `http.server.request.duration`. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/**
 * The methods that become label values. Anything else that clients send must not (RFC 9110, RFC 5789,
 * QUERY).
 */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY)$/;

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

const given: Rule = [() => true, ''];
/** What the option `route` of a middleware must be. */
export const ROUTE = { route: [(value) => typeof value === 'function', 'a function'] as Rule };

/**
 * Checks the options of a middleware. The check itself belongs to the collector that is one of them.
 * @param rules for the options other than the collector
 */
export function checkedMiddleware<O extends { readonly collector: TelemetryCollector }>(
  what: string,
  options: O,
  rules: object,
): O {
  let collector: TelemetryCollector | undefined;
  let isSound = false;
  try {
    ({ collector } = options ?? {});
    isSound = typeof collector?.registerCounter === 'function';
  } catch {}
  if (!collector || !isSound) {
    const message = `${what}: collector must be a TelemetryCollector; got ${typeof collector}`;
    // This file knows only types of the package, so it cannot use the error's class.
    throw Object.assign(new Error(message), { name: 'TelemetryError', code: 'invalid_option' });
  }
  // The collector may come from an earlier version of the package.
  return collector.checked?.(what, options, { collector: given, ...rules } as Rules<O>) ?? options;
}

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
        buckets: BUCKETS,
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
    const method = METHODS.test(given ?? '') ? given! : '_OTHER';
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

/** Returns the metric of that name, even if another middleware has registered it. */
function metricOf<M>(
  collector: TelemetryCollector,
  name: string,
  type: MetricType,
  register: (name: string) => M,
): M | undefined {
  const existing = collector.getMetric(name);
  if (!existing) return register(name);
  // A metric of the application that happens to have the name stays the application's.
  return existing.type === type ? (existing as M) : undefined;
}

/** Returns OpenTelemetry's `error.type`: the kind of exception, else the status if it means a failure. */
function errorType(status: number, error: unknown): string {
  if (isError(error)) return error.name;
  if (error !== undefined) return typeof error;
  return status >= 500 ? String(status) : '';
}

/** A strict collector throws, but a request must not fail because of that. */
function quietly(record: () => void): void {
  try {
    record();
  } catch {}
}
