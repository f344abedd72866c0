import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { knownMethod } from '../../http-conventions.ts';
import type { AnsweredRequest } from '../../http-metrics.ts';
import type { ServerRequest, ServerSpan, ServerTracing } from '../../server-requests.ts';
import { quietly } from '../../shared-metric.ts';
import { spanLabels } from './active-span.ts';
import { currentPropagator } from './propagator.ts';
import { isFetchRequest, requestAttributes, requestHeaders } from './request-attributes.ts';
import { elapsed } from './times.ts';
import { runWithin, SCOPE } from './traced-span.ts';

/**
 * Makes the spans of requests that a server answers.
 * @param provider that of `@opentelemetry/api`, as it is when a request arrives, unless given
 * @param showsClient whether spans have the address of the client
 */
export function serverTracing(
  provider: TracerProvider | undefined,
  showsClient: boolean,
): ServerTracing {
  return {
    server(request) {
      const other = isFetchRequest(request) ? undefined : trace.getActiveSpan();
      if (other && isOfServer(other)) return addedTo(other);
      const method = knownMethod(request.method);
      const name = method === '_OTHER' ? 'HTTP' : method;
      const around = contextOf(request);
      const start = elapsed();
      const tracer = (provider ?? trace.getTracerProvider()).getTracer(SCOPE);
      const attributes = requestAttributes(request, method, showsClient) as Attributes;
      const options = { kind: SpanKind.SERVER, attributes, startTime: start };
      const span = tracer.startSpan(name, options, around);
      const inside = trace.setSpan(around, span);
      return {
        exemplar: spanLabels(span),
        run: (work) => runWithin(inside, work),
        end(answered) {
          quietly(() => {
            if (span.isRecording()) describe(span, name, answered);
          });
          // The metric has the same duration. A test may have replaced the clock that it was taken from.
          span.end(Math.min(start + answered.seconds * 1000, elapsed()));
        },
      };
    },
    async flush() {
      await flushing(provider ?? trace.getTracerProvider());
    },
  };
}

/** Whether OpenTelemetry's own instrumentation has already begun a span for the request. */
function isOfServer(span: Span): boolean {
  return span.isRecording() && (span as { kind?: SpanKind }).kind === SpanKind.SERVER;
}

/** Leaves the span to those who have started it. */
const addedTo = (span: Span): ServerSpan => ({
  exemplar: spanLabels(span),
  run: (work) => work(),
  end({ route }) {
    if (route && span.isRecording()) span.setAttribute('http.route', route);
  },
});

/**
 * Returns the context from which a request has come, as its headers say. Requests of Node's `http` arrive in whatever
 * context the server was started in, which says nothing of them.
 */
function contextOf(request: ServerRequest): Context {
  const around = isFetchRequest(request) ? context.active() : ROOT_CONTEXT;
  try {
    return currentPropagator().extract(around, request, requestHeaders);
  } catch {
    return around; // another propagator, or the request itself
  }
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
function describe(
  span: Span,
  method: string,
  { route, status, errorType, error }: AnsweredRequest,
): void {
  if (route) {
    span.updateName(`${method} ${route}`);
    span.setAttribute('http.route', route);
  }
  span.setAttribute('http.response.status_code', status);
  if (errorType) span.setAttribute('error.type', errorType);
  // What a client has done wrong is no failure of the server.
  if (status < 500) return;
  if (error !== undefined) span.recordException(error as Error);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Flushes a provider that can be flushed, also one that is registered with the API. */
async function flushing(provider: TracerProvider): Promise<void> {
  const { getDelegate } = provider as { getDelegate?(): TracerProvider };
  const real = getDelegate?.call(provider) ?? provider;
  await (real as { forceFlush?(): Promise<void> }).forceFlush?.();
}
