import { checked } from '../../options.ts';
import type { Feature } from '../../protocol/feature.ts';
import { foundAttributes, TRACES, type TracesOptions, tracesConfig } from './options.ts';

/** The name of the feature. */
export const TRACES_FEATURE = 'traces';

/**
 * Takes spans beside the collector, counts them as metrics, and sends them. `tracerProvider()` adds it to a collector
 * that has it not. It is for `use` where a worker cannot be given code once it runs, or if only threads that join
 * record spans.
 * @throws TelemetryError `invalid_option`
 * @example
 * ```ts
 * import { TelemetryCollector } from 'utilityfog-telemetry';
 * import { traces, tracerProvider } from 'utilityfog-telemetry/opentelemetry';
 *
 * // What the worker does with spans is said when the collector is made.
 * const collector = new TelemetryCollector({ use: [traces({ spanMetrics: false })] });
 * tracerProvider(collector).getTracer('shop').startSpan('order').end();
 * await collector.shutdown();
 * ```
 */
export function traces(options?: TracesOptions | null): Feature<object> {
  return tracesFeature(checked('traces()', options, TRACES));
}

/** @param options must be sound */
export function tracesFeature(options: TracesOptions): Feature<object> {
  return {
    name: TRACES_FEATURE,
    get config() {
      return tracesConfig(options);
    },
    code: {
      url: () => new URL('./opentelemetry-part.js', import.meta.url),
      text: async () => (await import('../part-text.ts')).partText,
      module: () => import('./part.ts'),
    },
    answers: {
      headers: () => options.exporter?.plans?.[0]?.headers?.(),
      resource: () => foundAttributes(options),
    },
    api: () => ({}),
  };
}
