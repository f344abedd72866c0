import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { soundAttributes } from './attribute-list.ts';
import { contextOf, idsOf, randomBits, type SpanIds, someBits } from './ids.ts';
import { type Parent, RecordedSpan, type SpanScope, soundText } from './recorded-span.ts';
import type { SpanSampler } from './samplers.ts';
import { SUPPRESSED } from './suppressed.ts';
import { elapsed, givenTime, offsetAt } from './times.ts';

/** What a tracer needs of its provider. */
export interface TracerHost {
  /** Absent if all traces are sampled, except where the parent says otherwise. */
  readonly sampler: SpanSampler | undefined;
  /**
   * Counts a span that is started.
   * @param now milliseconds of a clock that nobody sets
   * @returns its period: see `OpenSpans`; 0 if it is not to be recorded
   */
  begin(now: number): number;
  started(span: RecordedSpan, around: Context): void;
  failed(error: unknown): void;
}

/** What is known of the parent of a span. */
interface Around extends Parent {
  readonly flags: number;
  readonly state: TraceState | undefined;
  /** That of its trace, if it was started here. */
  readonly offset: number | undefined;
}

/** Starts spans. No method throws, except what the application's own function throws. */
export class RecordingTracer implements Tracer {
  readonly #host: TracerHost;
  readonly #scope: SpanScope;

  constructor(host: TracerHost, scope: SpanScope) {
    this.#host = host;
    this.#scope = scope;
  }

  startSpan(name: string, options?: SpanOptions, around: Context = context.active()): Span {
    try {
      if (around.getValue(SUPPRESSED) === true) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
      return this.#start(soundText(name), options ?? {}, around);
    } catch (error) {
      this.#host.failed(error);
      return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    around: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...given: (SpanOptions | Context | F | undefined)[]
  ): ReturnType<F> {
    // As with the SDK, there is nothing to do then.
    if (given.length === 0) return undefined as ReturnType<F>;
    const run = given.pop() as F;
    const [options, outer] = given as [SpanOptions | undefined, Context | undefined];
    const around = outer ?? context.active();
    const span = this.startSpan(name, options, around);
    const inside = trace.setSpan(around, span);
    return context.with(inside, run as (span: Span) => ReturnType<F>, undefined, span);
  }

  #start(name: string, options: SpanOptions, given: Context): Span {
    // All is read before the span counts as open, since a getter may throw.
    const { root, startTime, attributes, links } = options;
    const around = root ? trace.deleteSpan(given) : given;
    const parent = parentIn(around);
    const ids: SpanIds = parent
      ? [parent.ids[0], parent.ids[1], parent.ids[2], parent.ids[3], randomBits(), someBits()]
      : [randomBits(), randomBits(), randomBits(), someBits(), randomBits(), someBits()];
    const kind = kindOf(options.kind);
    const { sampler } = this.#host;
    const sampled = sampler && askSampler(sampler, around, ids, name, kind, options);
    // Unless there is a sampler, a span does what its parent does.
    const isSent = sampled
      ? sampled.decision === 2
      : !parent || (parent.flags & TraceFlags.SAMPLED) !== 0;
    const isRecorded = sampled ? sampled.decision !== 0 : isSent;
    const added = sampled?.attributes as Attributes | undefined;
    const flags = isSent ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const state = sampled?.traceState ?? parent?.state;
    const began = elapsed();
    const period = isRecorded ? this.#host.begin(began) : 0;
    // What is not recorded still has its IDs, which go on to other services.
    if (period === 0) return trace.wrapSpanContext(contextOf(ids, flags, state));
    const offset = parent?.offset ?? offsetAt(began);
    const span = new RecordedSpan(
      this.#scope,
      name,
      kind,
      ids,
      parent,
      flags,
      state,
      offset,
      began,
      startTime === undefined ? undefined : givenTime(startTime, offset),
      period,
    );
    if (attributes) span.setAttributes(attributes);
    if (added) span.setAttributes(added);
    if (links) span.addLinks(links);
    this.#host.started(span, around);
    return span;
  }
}

function askSampler(
  sampler: SpanSampler,
  around: Context,
  ids: SpanIds,
  name: string,
  kind: SpanKind,
  { attributes, links }: SpanOptions,
): ReturnType<SpanSampler['shouldSample']> {
  const { traceId } = contextOf(ids, 0);
  // A sampler sees what is sound, before limits. What is not sound is counted when the span is made.
  const sound = soundAttributes(attributes);
  return sampler.shouldSample(around, traceId, name, kind, sound, soundLinks(links));
}

function soundLinks(links: readonly Link[] | undefined): Link[] {
  const sound: Link[] = [];
  for (const link of Array.isArray(links) ? (links as readonly Link[]) : []) {
    try {
      sound.push({ context: link.context, attributes: soundAttributes(link.attributes) });
    } catch {} // a getter, or no object
  }
  return sound;
}

const kindOf = (kind: SpanKind = SpanKind.INTERNAL): SpanKind =>
  kind === (kind & 7) && kind <= SpanKind.CONSUMER ? kind : SpanKind.INTERNAL;

function parentIn(around: Context): Around | undefined {
  const span = trace.getSpan(around);
  if (!span) return undefined;
  if (span instanceof RecordedSpan) {
    const { ids, traceFlags: flags, traceState: state, offset } = span;
    return { ids, isRemote: false, flags, state, offset };
  }
  const of = span.spanContext() as SpanContext | undefined;
  const ids = of && idsOf(of);
  if (!ids) return undefined;
  const { traceFlags, traceState: state, isRemote } = of;
  const flags = traceFlags & 255;
  return { ids, isRemote: isRemote === true, flags, state, offset: undefined };
}
