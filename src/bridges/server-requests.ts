import type { ExemplarLabels } from '../kinds/exemplars.ts';
import type { TelemetryCollector } from '../telemetry-collector.ts';
import { errorName } from './http-conventions.ts';
import { type AnsweredRequest, httpMetrics } from './http-metrics.ts';
import { quietly } from './shared-metric.ts';

/** A request of Node's `http`, as far as it is read. Types of Node would break applications that have none. */
export interface NodeServerRequest {
  /** The method; `GET` if it is absent. */
  readonly method?: string | undefined;
  /** The path with the query, as the client has sent it. */
  readonly url?: string | undefined;
  /** The headers. Names are in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The version of HTTP, such as `1.1`. */
  readonly httpVersion?: string | undefined;
  /** The connection. Its address is that of the client. */
  readonly socket?: object | null | undefined;
}

/** A request as Node's `http` hands it over, or as fetch handlers get it. */
export type ServerRequest = NodeServerRequest | Request;

/** How a request was answered. */
export interface ServerOutcome {
  /** The status; 500 unless given, since servers answer so when a handler fails. */
  readonly status?: number | undefined;
  /** What the handler threw. */
  readonly error?: unknown;
}

/** The span of a request that a server answers. */
export interface ServerSpan {
  /** Names the span in the metrics of the request; absent if it is not sampled. */
  readonly exemplar: ExemplarLabels | undefined;
  /** Returns what `work` returns. The span is the active one meanwhile, also behind each `await` where the runtime can. */
  run<T>(work: () => T): T;
  /** Ends the span. The first call counts. */
  end(answered: AnsweredRequest): void;
}

/** Makes spans of the requests that a server answers. `requestTracing()` returns one. */
export interface ServerTracing {
  /** Starts a span. Returns `undefined` if the request is not to have one. */
  server(request: ServerRequest): ServerSpan | undefined;
  /** Resolves once all spans that have ended are sent. */
  flush(): Promise<void>;
}

/** A request under way. */
export interface ServerObservation {
  /** Runs the handler, with the span as the active one. Returns and throws what it does. */
  run<T>(handle: () => T): T;
  /** Ends the observation. Only the first call counts. It never throws. */
  end(outcome: ServerOutcome): void;
}

/**
 * Begins to observe a request. It never throws.
 * @param route is asked in the end for the template that matched
 * @param key the request as the server itself has it, if a framework has made another object of it
 */
export type ServerRequests = (
  request: ServerRequest,
  route: () => string | undefined,
  key?: object,
) => ServerObservation;

/** Who observes a request that is under way. */
interface Observers {
  readonly collectors: TelemetryCollector[];
  /** How many of them have not ended. */
  open: number;
  isTraced: boolean;
  /** The innermost comes last. */
  readonly routes: (() => string | undefined)[];
}

/** Another build of the package, such as that for the edge, must find what this one observes. */
const KEY = Symbol.for('utilityfog-telemetry.server-requests');
const shared = globalThis as { [KEY]?: WeakMap<object, Observers> };

/** Returns those who observe a request. If there are several middlewares, each adds what it knows of the route. */
function observersOf(key: object): Observers {
  shared[KEY] ??= new WeakMap();
  const known = shared[KEY].get(key);
  const observers = known ?? { collectors: [], open: 0, isTraced: false, routes: [] };
  shared[KEY].set(key, observers);
  return observers;
}

const GUEST: ServerObservation = { run: (handle) => handle(), end() {} };

/**
 * Observes the requests of a server: their metrics and their spans come from the same observation. If several
 * middlewares observe a request, it is counted once in each collector, and has one span.
 */
export function serverRequests(
  collector: TelemetryCollector,
  tracing?: ServerTracing | undefined,
): ServerRequests {
  const begin = httpMetrics(collector);
  return (request, route, given = request) => {
    const key = Object(given) as object;
    const observers = observersOf(key);
    const { collectors, routes } = observers;
    routes.push(route);
    const isCounted = collectors.includes(collector);
    const span = observers.isTraced ? undefined : quietly(() => tracing?.server(request));
    if (isCounted && !span) return GUEST;
    if (!isCounted) collectors.push(collector);
    if (span) observers.isTraced = true;
    observers.open++;
    const count = isCounted ? undefined : begin(quietly(() => request.method));
    const start = performance.now();
    let open = true;
    return {
      run: (handle) => (span ? span.run(handle) : handle()),
      end({ status = 500, error }) {
        if (!open) return;
        open = false;
        const answered = {
          seconds: (performance.now() - start) / 1000,
          route: routeIn(routes),
          status,
          errorType: errorTypeOf(status, error),
          error,
        };
        count?.(answered, span?.exemplar);
        quietly(() => span?.end(answered));
        // A test may hand in the same request again.
        if (--observers.open === 0) shared[KEY]?.delete(key);
      },
    };
  };
}

/** Returns the route of the innermost middleware that knows one. */
function routeIn(routes: readonly (() => string | undefined)[]): string {
  return (
    routes.reduceRight<string | undefined>((found, route) => found ?? route(), undefined) ?? ''
  );
}

/** Returns OpenTelemetry's `error.type`: the kind of exception, else the status if it means a failure. */
function errorTypeOf(status: number, error: unknown): string {
  return error !== undefined ? errorName(error) : status >= 500 ? `${status}` : '';
}
