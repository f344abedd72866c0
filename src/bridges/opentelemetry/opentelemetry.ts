export { traces } from '../../features/traces/feature.ts';
export type { TracesOptions } from '../../features/traces/options.ts';
export type { ResourceOption } from '../../features/traces/resource.ts';
export {
  type TailOptions,
  type TailSampling,
  tailSampling,
} from '../../features/traces/tail-options.ts';
export {
  type CollectorMeterProvider,
  type MeterProviderOptions,
  meterProvider,
} from './metrics/meter-provider.ts';
export {
  type AggregationOption,
  AggregationType,
  type AttributesProcessor,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  type ViewOptions,
} from './metrics/view-options.ts';
export { spanExemplars } from './traces/active-span.ts';
export { contextManager } from './traces/context-manager.ts';
export type { SpanLimits } from './traces/limits.ts';
export { baggage, traceContext, w3cPropagator } from './traces/propagator.ts';
export { type RegisterOptions, registerTracing } from './traces/register.ts';
export {
  type RequestTracing,
  type RequestTracingOptions,
  requestTracing,
} from './traces/request-tracing.ts';
export { alwaysOff, alwaysOn, parentBased, ratio, type SpanSampler } from './traces/samplers.ts';
export { type SpanLimitOptions, spanLimits } from './traces/span-limits.ts';
export {
  type AnySpanProcessor,
  type SpanProcessors,
  spanProcessors,
} from './traces/span-processors.ts';
export {
  type TelemetryTracerProvider,
  type TracerProviderOptions,
  tracerProvider,
} from './traces/tracer-provider.ts';
