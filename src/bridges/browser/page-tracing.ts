import type { ClientTracing, ObservedSpan, SpanAttributes } from '../client-requests.ts';

/** Makes the spans of a page. `requestTracing()` of `utilityfog-telemetry/opentelemetry` returns one. */
export interface PageTracing extends ClientTracing {
  /**
   * Starts a span of something that happens in the page. Never throws.
   * @param start milliseconds of `performance.now()`
   * @param within its parent: a span that was made by the same tracing, or what a header `traceparent` says
   * @returns `undefined` if it cannot be made
   */
  page(
    name: string,
    attributes: SpanAttributes,
    start: number,
    within?: ObservedSpan | string | undefined,
  ): ObservedSpan | undefined;
  /** Calls `run`, in which no other instrumentation starts a span. */
  untraced<T>(run: () => T): T;
}
