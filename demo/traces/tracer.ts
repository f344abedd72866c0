/** The tracer of the page. The worker makes OTLP of its spans and sends it to `RECEIVER_URL`. */
import type { Tracer } from '@opentelemetry/api';
import { OTLPExporter, type TelemetryCollector } from 'utilityfog-telemetry';
import { tracerProvider } from 'utilityfog-telemetry/opentelemetry';
import { RECEIVER_URL } from './trace-receiver.ts';

export function makeTracer(collector: TelemetryCollector): Tracer {
  const exporter = new OTLPExporter({
    url: RECEIVER_URL,
    encoding: 'json',
    compression: 'none',
    resource: { 'service.name': 'swarm' },
  });
  // The swarm counts its messages itself, traced or not.
  return tracerProvider(collector, { exporter, spanMetrics: false }).getTracer('swarm');
}
