import { context, type Span, SpanKind, type TracerProvider, trace } from '@opentelemetry/api';
import type { ClientTracing } from '../../client-requests.ts';
import { AttributeList } from './attribute-list.ts';
import { SUPPRESSED } from './suppressed.ts';
import { contextWithin, startSpan } from './traced-span.ts';

/**
 * Makes the spans of requests to others.
 * @param provider that of `@opentelemetry/api`, as it is when a request begins, unless given
 */
export function clientTracing(provider?: TracerProvider): ClientTracing {
  return {
    client(name, attributes, start, within) {
      try {
        const active = context.active();
        const span = trace.getSpan(active);
        if (active.getValue(SUPPRESSED) === true || isRequest(span)) return undefined;
        const around = span ? active : contextWithin(within, active);
        return startSpan(provider, name, SpanKind.CLIENT, attributes, start, around);
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
  const given = attributes instanceof AttributeList ? attributes.toObject() : attributes;
  return NAMES_REQUEST.some((name) => name in given);
}
