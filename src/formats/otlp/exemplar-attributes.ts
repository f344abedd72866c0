import type { Attribute, Exemplar } from '../../model.ts';
import { attribute } from './attributes.ts';

/** What the labels of an exemplar say. */
export interface ExemplarContext {
  /** In hexadecimal digits, lower case; absent if it has none, or none that is valid. */
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly attributes: readonly Attribute[];
}

/** https://www.w3.org/TR/trace-context/#trace-id */
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/i;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/i;

/**
 * Returns what the labels of an exemplar become. What is called like an ID but is none stays an attribute:
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#exemplars
 */
export function exemplarContext({ labels }: Exemplar): ExemplarContext {
  const { trace_id, span_id, ...others } = labels;
  const isTrace = trace_id !== undefined && TRACE_ID.test(trace_id);
  const isSpan = span_id !== undefined && SPAN_ID.test(span_id);
  const attributes = Object.entries({
    ...(trace_id !== undefined && !isTrace && { trace_id }),
    ...(span_id !== undefined && !isSpan && { span_id }),
    ...others,
  }).map(attribute);
  return {
    traceId: isTrace ? trace_id.toLowerCase() : undefined,
    spanId: isSpan ? span_id.toLowerCase() : undefined,
    attributes,
  };
}
