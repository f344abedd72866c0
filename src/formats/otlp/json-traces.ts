import { jsonText } from '../../platform/realm.ts';
import type { KeyValue } from './any-value.ts';
import { keyValue } from './json-values.ts';
import { byScope, nanosecondsOf, type OtlpSpan, type SpanTime } from './span.ts';

/** Writes the JSON of the message: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function jsonTraces(
  resource: readonly KeyValue[],
  spans: readonly OtlpSpan[],
): Uint8Array<ArrayBuffer> {
  const scopeSpans = byScope(spans).map((group) => {
    const { name, version, schemaUrl } = group[0]!.scope;
    const scope = { name, ...(version && { version }) };
    return { scope, spans: group.map(jsonSpan), ...(schemaUrl && { schemaUrl }) };
  });
  const attributes = resource.map(keyValue);
  return new TextEncoder().encode(
    jsonText({ resourceSpans: [{ resource: { attributes }, scopeSpans }] }),
  );
}

const nanoseconds = (time: SpanTime): string => String(nanosecondsOf(time));

function jsonSpan(span: OtlpSpan): object {
  const { traceId, spanId, parentSpanId, traceState, name, kind, flags, status } = span;
  return {
    ...{ traceId, spanId },
    ...(traceState && { traceState }),
    ...(parentSpanId && { parentSpanId }),
    ...{ flags, name, kind },
    startTimeUnixNano: nanoseconds(span.start),
    endTimeUnixNano: nanoseconds(span.end),
    attributes: span.attributes.map(keyValue),
    droppedAttributesCount: span.droppedAttributes,
    events: span.events.map(({ time, name: of, attributes, droppedAttributes }) => ({
      timeUnixNano: nanoseconds(time),
      name: of,
      attributes: attributes.map(keyValue),
      droppedAttributesCount: droppedAttributes,
    })),
    droppedEventsCount: span.droppedEvents,
    links: span.links.map((link) => ({
      ...{ traceId: link.traceId, spanId: link.spanId, flags: link.flags },
      ...(link.traceState && { traceState: link.traceState }),
      attributes: link.attributes.map(keyValue),
      droppedAttributesCount: link.droppedAttributes,
    })),
    droppedLinksCount: span.droppedLinks,
    status: { code: status.code, ...(status.message && { message: status.message }) },
  };
}
