import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { ExemplarLabels } from '../../../kinds/exemplars.ts';
import type { ClientSpan, ObservedSpan, SpanAttributes } from '../../client-requests.ts';
import { quietly } from '../../shared-metric.ts';
import { spanLabels } from './active-span.ts';
import { currentPropagator } from './propagator.ts';
import { SUPPRESSED } from './suppressed.ts';

/** The scope of all spans that are made without the application. */
export const SCOPE = 'utilityfog-telemetry';

/** A span that is made without the application. Its provider may be anybody's. */
export class TracedSpan implements ClientSpan {
  readonly #span: Span;
  /** In which the span is the active one. */
  readonly inside: Context;

  constructor(span: Span, around: Context) {
    this.#span = span;
    this.inside = trace.setSpan(around, span);
  }

  get exemplar(): ExemplarLabels | undefined {
    try {
      return spanLabels(this.#span);
    } catch {
      return undefined;
    }
  }

  inject(set: (name: string, value: string) => void): void {
    try {
      const setter = { set: (_: unknown, name: string, value: string) => set(name, value) };
      currentPropagator().inject(this.inside, undefined, setter);
    } catch {} // another propagator has thrown
  }

  run<T>(send: () => T): T {
    return runWithin(this.inside.setValue(SUPPRESSED, true), send);
  }

  set(attribute: string, value: string | number): void {
    quietly(() => this.#span.setAttribute(attribute, value));
  }

  event(name: string, time: number): void {
    quietly(() => this.#span.addEvent(name, time));
  }

  fail(): void {
    quietly(() => this.#span.setStatus({ code: SpanStatusCode.ERROR }));
  }

  end(time: number): void {
    quietly(() => this.#span.end(time));
  }
}

/** Calls `work` once, within the context if its manager can. Returns and throws what `work` does. */
export function runWithin<T>(inside: Context, work: () => T): T {
  let hasBegun = false;
  try {
    return context.with(inside, () => {
      hasBegun = true;
      return work();
    });
  } catch (error) {
    if (hasBegun) throw error;
    return work(); // another manager of contexts has thrown
  }
}

/** Returns the context in which a span is the active one, if it was made here. */
export function contextWithin(within: ObservedSpan | undefined, otherwise: Context): Context {
  return within instanceof TracedSpan ? within.inside : otherwise;
}

/**
 * Starts a span.
 * @param provider that of `@opentelemetry/api`, as it is now, unless given
 * @param start milliseconds of `performance.now()`
 */
export function startSpan(
  provider: TracerProvider | undefined,
  name: string,
  kind: SpanKind,
  attributes: SpanAttributes,
  start: number,
  around: Context,
): TracedSpan {
  const tracer = (provider ?? trace.getTracerProvider()).getTracer(SCOPE);
  const options = { kind, attributes: attributes as Attributes, startTime: start };
  return new TracedSpan(tracer.startSpan(name, options, around), around);
}
