/** OpenTelemetry's SDK with its BatchSpanProcessor. What it gives away is sent by OTLP, too. */
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** @param {string} url  where spans are sent */
export function open(url) {
  let sent = 0;
  const exporter = {
    async export(spans, done) {
      const body = ProtobufTraceSerializer.serializeRequest(spans);
      const headers = { 'content-type': 'application/x-protobuf' };
      const { ok } = await fetch(url, { method: 'POST', headers, body });
      if (ok) sent += spans.length;
      done({ code: ok ? 0 : 1 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  // With its own limit of 2048 it would lose spans whenever a request takes longer.
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 100_000 });
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('bench');
  return {
    span: (name, options) => tracer.startSpan(name, options).end(),
    async sent() {
      await processor.forceFlush();
      return sent;
    },
    close: () => processor.shutdown(),
  };
}
