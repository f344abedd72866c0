import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ClientSpan, ClientTracing } from '../../client-requests.ts';
import { spanLabels } from './active-span.ts';
import { AttributeList } from './attribute-list.ts';
import { SUPPRESSED } from './suppressed.ts';

/** The scope of all spans that are made without the application. */
export const SCOPE = 'utilityfog-telemetry';

/**
 * Makes the spans of requests to others.
 * @param provider that of `@opentelemetry/api`, as it is when a request begins, unless given
 */
export function clientTracing(provider?: TracerProvider): ClientTracing {
  return {
    client(name, attributes, start) {
      try {
        const around = context.active();
        if (around.getValue(SUPPRESSED) === true || isRequest(trace.getSpan(around)))
          return undefined;
        const tracer = (provider ?? trace.getTracerProvider()).getTracer(SCOPE);
        const options = {
          kind: SpanKind.CLIENT,
          attributes: attributes as Attributes,
          startTime: start,
        };
        return clientSpan(tracer.startSpan(name, options, around), around);
      } catch {
        return undefined; // another provider or manager of contexts has thrown
      }
    },
  };
}

const NAMES_REQUEST = ['http.request.method', 'http.method'];

/** Whether another instrumentation, or an application, has begun a span for a request, which is the same one. */
function isRequest(span: Span | undefined): boolean {
  const { kind, attributes } = (span ?? {}) as { kind?: SpanKind; attributes?: object };
  if (kind !== SpanKind.CLIENT || !attributes || !span?.isRecording()) return false;
  return NAMES_REQUEST.some((name) =>
    attributes instanceof AttributeList ? attributes.has(name) : name in attributes,
  );
}

function clientSpan(span: Span, around: Context): ClientSpan {
  const inside = trace.setSpan(around, span);
  const quiet = inside.setValue(SUPPRESSED, true);
  return {
    exemplar: spanLabels(span),
    inject(set) {
      try {
        propagation.inject(inside, undefined, { set: (_, name, value) => set(name, value) });
      } catch {} // another propagator has thrown
    },
    run: (send) => context.with(quiet, send),
    set: (attribute, value) => void span.setAttribute(attribute, value),
    event: (name, time) => void span.addEvent(name, time),
    fail: () => void span.setStatus({ code: SpanStatusCode.ERROR }),
    end: (time) => span.end(time),
  };
}
