import { MessageWriter } from '../../bytes/message-writer.ts';
import type { KeyValue } from './any-value.ts';
import { writeHexadecimal } from './protobuf-request.ts';
import { writeKeyValue } from './protobuf-values.ts';
import { byScope, nanosecondsOf, type OtlpSpan, type SpanTime } from './span.ts';

/** How a field is encoded that has four bytes: https://protobuf.dev/programming-guides/encoding/#structure */
const FIXED32 = 5;

/**
 * Writes the message `ExportTraceServiceRequest`:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function protobufTraces(
  resource: readonly KeyValue[],
  spans: readonly OtlpSpan[],
): Uint8Array<ArrayBuffer> {
  const to = new MessageWriter(4096);
  const opensSpans = to.open(1);
  const opensResource = to.open(1);
  for (const one of resource) writeKeyValue(1, one, to);
  to.close(opensResource);
  for (const group of byScope(spans)) {
    const { name, version, schemaUrl } = group[0]!.scope;
    const opensGroup = to.open(2);
    const opensScope = to.open(1);
    writeText(1, name, to);
    writeText(2, version, to);
    to.close(opensScope);
    for (const span of group) writeSpan(span, to);
    writeText(3, schemaUrl, to);
    to.close(opensGroup);
  }
  to.close(opensSpans);
  return to.bytes.slice();
}

function writeSpan(span: OtlpSpan, to: MessageWriter): void {
  const { traceId, spanId, parentSpanId, status, events, links } = span;
  const opened = to.open(2);
  writeHexadecimal(1, traceId, to);
  writeHexadecimal(2, spanId, to);
  writeText(3, span.traceState, to);
  if (parentSpanId) writeHexadecimal(4, parentSpanId, to);
  writeText(5, span.name, to);
  to.whole(6, span.kind);
  writeTime(7, span.start, to);
  writeTime(8, span.end, to);
  for (const one of span.attributes) writeKeyValue(9, one, to);
  writeCount(10, span.droppedAttributes, to);
  for (const { time, name, attributes, droppedAttributes } of events) {
    const opensEvent = to.open(11);
    writeTime(1, time, to);
    writeText(2, name, to);
    for (const one of attributes) writeKeyValue(3, one, to);
    writeCount(4, droppedAttributes, to);
    to.close(opensEvent);
  }
  writeCount(12, span.droppedEvents, to);
  for (const link of links) {
    const opensLink = to.open(13);
    writeHexadecimal(1, link.traceId, to);
    writeHexadecimal(2, link.spanId, to);
    writeText(3, link.traceState, to);
    for (const one of link.attributes) writeKeyValue(4, one, to);
    writeCount(5, link.droppedAttributes, to);
    writeFlags(6, link.flags, to);
    to.close(opensLink);
  }
  writeCount(14, span.droppedLinks, to);
  const opensStatus = to.open(15);
  writeText(2, status.message, to);
  writeCount(3, status.code, to);
  to.close(opensStatus);
  writeFlags(16, span.flags, to);
  to.close(opened);
}

/** What is 0 or empty is not written, since that is what a field is which is missing. */
function writeText(field: number, text: string, to: MessageWriter): void {
  if (text) to.string(field, text);
}

function writeCount(field: number, count: number, to: MessageWriter): void {
  if (count > 0) to.whole(field, count);
}

const writeTime = (field: number, time: SpanTime, to: MessageWriter): void =>
  to.bits(field, nanosecondsOf(time));

function writeFlags(field: number, flags: number, to: MessageWriter): void {
  to.varint(field * 8 + FIXED32);
  for (const shift of [0, 8, 16, 24]) to.byte((flags >>> shift) & 255);
}
