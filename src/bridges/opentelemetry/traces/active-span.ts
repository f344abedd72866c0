import { context, type Span, TraceFlags, trace } from '@opentelemetry/api';
import type { ExemplarLabels } from '../../../kinds/exemplars.ts';

/**
 * Returns labels that name the active span, if it is sampled. It is for the option `exemplars` of a metric: a point of
 * a chart then leads to the trace in which it was recorded.
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { spanExemplars } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * const orders = collector.registerCounter('orders_total', 'Orders', { exemplars: spanExemplars });
 * orders.increment(); // with the ids of the active span, if there is one
 * ```
 */
export function spanExemplars(): ExemplarLabels | undefined {
  return spanLabels(trace.getSpan(context.active()));
}

/** Returns labels that name a span, if it is sampled. */
export function spanLabels(
  span: Span | undefined,
): { trace_id: string; span_id: string } | undefined {
  const { traceId, spanId, traceFlags = TraceFlags.NONE } = span?.spanContext() ?? {};
  return traceId && spanId && traceFlags & TraceFlags.SAMPLED
    ? { trace_id: traceId, span_id: spanId }
    : undefined;
}
