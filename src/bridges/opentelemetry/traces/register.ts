import {
  type ContextManager,
  context,
  propagation,
  type TextMapPropagator,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { checked, type Rules, withMethods } from '../../../options.ts';
import { contextManager as ownContextManager } from './context-manager.ts';
import { w3cPropagator } from './propagator.ts';

/** The options of `register()`. */
export interface RegisterOptions {
  /**
   * Keeps the active span.
   * @defaultValue what `contextManager()` returns
   */
  readonly contextManager?: ContextManager | undefined;
  /**
   * Writes and reads headers.
   * @defaultValue `traceparent`, `tracestate` and `baggage`
   */
  readonly propagator?: TextMapPropagator | undefined;
}

const RULES: Rules<RegisterOptions> = {
  contextManager: /* @__PURE__ */ withMethods('active', 'with', 'bind', 'enable'),
  propagator: /* @__PURE__ */ withMethods('inject', 'extract', 'fields'),
};

/**
 * Makes a provider the one that `trace.getTracer()` of `@opentelemetry/api` uses, with what keeps the active span and
 * what writes headers.
 * @returns whether that worked: another provider may have been registered before
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { trace } from '@opentelemetry/api';
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { registerTracing, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * const collector = new TelemetryCollector();
 * registerTracing(tracerProvider(collector));
 * trace.getTracer('shop').startActiveSpan('order', (span) => span.end());
 * await collector.shutdown();
 * ```
 */
export function registerTracing(
  provider: TracerProvider,
  options?: RegisterOptions | null,
): boolean {
  const { contextManager = ownContextManager(), propagator = w3cPropagator } = checked(
    'registerTracing()',
    options,
    RULES,
  );
  const isFirst = [
    trace.setGlobalTracerProvider(provider),
    context.setGlobalContextManager(contextManager.enable()),
    propagation.setGlobalPropagator(propagator),
  ];
  return isFirst.every(Boolean);
}
