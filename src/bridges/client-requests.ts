/** What a program asks of others by HTTP: one observation gives a metric and a span. */
import type { ExemplarLabels } from '../kinds/exemplars.ts';
import { monotonicMilliseconds } from '../platform/timers.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import {
  among,
  DURATION_BUCKETS,
  errorName,
  knownMethod,
  OTHER,
  redactedUrl,
} from './http-conventions.ts';
import { metricOf, quietly } from './shared-metric.ts';

/** Makes the spans of requests. `requestTracing()` of `utilityfog-telemetry/opentelemetry` returns one. */
export interface ClientTracing {
  /**
   * Starts a span of kind CLIENT within the span that is active. Never throws.
   * @param start milliseconds of `performance.now()`
   * @param within the parent if no span is active; made by the same tracing
   * @returns `undefined` if something else traces this request, or it must not be traced
   */
  client(
    name: string,
    attributes: SpanAttributes,
    start: number,
    within?: ObservedSpan | undefined,
  ): ClientSpan | undefined;
}

export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

/** A span that is under way. Its methods never throw. Times are milliseconds of `performance.now()`. */
export interface ObservedSpan {
  /** Labels that lead from a metric to the span, if it is sampled. */
  readonly exemplar: ExemplarLabels | undefined;
  /** Sets an attribute. */
  set(attribute: string, value: string | number): void;
  /**
   * Adds an event.
   * @param time in milliseconds, by `performance.now()`
   */
  event(name: string, time: number): void;
  /**
   * Ends the span.
   * @param time in milliseconds, by `performance.now()`
   */
  end(time: number): void;
}

/** The span of a request to another. Its methods never throw, except what `run` is given. */
export interface ClientSpan extends ObservedSpan {
  /** Calls back with each header by which the trace goes on elsewhere. */
  inject(set: (name: string, value: string) => void): void;
  /** Calls `send` while the span is active. What else would trace the same request does not. */
  run<T>(send: () => T): T;
  /** Says that the request has failed. */
  fail(): void;
}

/** How a request ended. Both are absent where a browser does not tell. */
export interface ClientOutcome {
  readonly status?: number | undefined;
  /** Why there is no answer. */
  readonly error?: unknown;
}

/** One request under way. Its methods never throw, except what `run` is given. */
export interface ClientRequest {
  /** When it began. Milliseconds of `performance.now()`. */
  readonly start: number;
  /** Calls back with each header that the request is to have in addition. There is none if the URL must not get any. */
  inject(set: (name: string, value: string) => void): void;
  /** Calls `send`, while the span is active. */
  run<T>(send: () => T): T;
  /** Records how it ended, and that it ended now. Only the first call counts. */
  settle(outcome: ClientOutcome): void;
  /** Tells of the request what is known later. It counts until `close()`. */
  event(name: string, time: number): void;
  /** Ends the span, at the time of `settle()`. */
  close(): void;
}

/**
 * Begins to observe a request. Never throws.
 * @param within the span that it belongs to if none is active
 */
export type ClientRequests = (
  method: string,
  url: URL,
  within?: ObservedSpan | undefined,
) => ClientRequest;

/** So many servers are told apart by the metric. A page may name any number of them. */
const MOST_SERVERS = 100;

/**
 * Registers the metric of HTTP clients, under the name of OpenTelemetry.
 * @param propagates whether a URL gets the headers of a trace
 */
export function clientRequests(
  collector: TelemetryCollector,
  tracing: ClientTracing | undefined,
  propagates: (url: URL) => boolean,
): ClientRequests {
  const duration = metricOf(
    collector,
    'http_client_request_duration_seconds',
    'histogram',
    (name) =>
      collector.registerHistogram(name, 'Duration of HTTP requests to others', {
        labelNames: [
          'http_request_method',
          'server_address',
          'server_port',
          'http_response_status_code',
          'error_type',
        ],
        unit: 'seconds',
        buckets: DURATION_BUCKETS,
      }),
  );
  const servers = new Set<string>();
  const errors = new Set<string>();
  return (given, url, within) => {
    const method = knownMethod(given.toUpperCase());
    const address = url.hostname;
    const port = portOf(url);
    const start = monotonicMilliseconds();
    const span = tracing?.client(
      method === OTHER ? 'HTTP' : method,
      {
        'http.request.method': method,
        'http.request.method_original': method === given ? undefined : given,
        'server.address': address || undefined,
        'server.port': port,
        'url.full': redactedUrl(url),
      },
      start,
      within,
    );
    let end: number | undefined;
    return {
      start,
      inject(set) {
        if (span && propagates(url)) span.inject(set);
      },
      run: (send) => (span ? span.run(send) : send()),
      settle({ status, error }) {
        if (end !== undefined) return;
        end = monotonicMilliseconds();
        const type = errorType(status, error);
        if (status) span?.set('http.response.status_code', status);
        if (type) {
          span?.set('error.type', type);
          span?.fail();
        }
        const isKnown = among(servers, `${address}:${port}`, MOST_SERVERS);
        const labels = {
          http_request_method: method,
          server_address: isKnown ? address : OTHER,
          server_port: isKnown ? (port ?? '') : '',
          http_response_status_code: status ?? '',
          error_type: status || !type || among(errors, type) ? type : OTHER,
        };
        const seconds = (end - start) / 1000;
        const exemplar = span?.exemplar;
        quietly(() => duration?.observe(seconds, labels, exemplar && { exemplar }));
      },
      event: (name, time) => span?.event(name, time),
      close: () => span?.end(end ?? monotonicMilliseconds()),
    };
  };
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function portOf({ port, protocol }: URL): number | undefined {
  return port ? Number(port) : PORTS[protocol];
}

/** Returns OpenTelemetry's `error.type`: a status that a client takes for a failure, or the kind of error. */
function errorType(status: number | undefined, error: unknown): string {
  if (status) return status >= 400 ? String(status) : '';
  return error === undefined ? '' : errorName(error);
}
