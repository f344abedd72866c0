import type { KeyValue } from './any-value.ts';

/** Seconds since 1970, and nanoseconds. */
export type SpanTime = readonly [seconds: number, nanoseconds: number];

/** The attributes of a span, an event or a link. */
export interface Attributed {
  readonly attributes: readonly KeyValue[];
  readonly droppedAttributes: number;
}

export interface OtlpSpanEvent extends Attributed {
  readonly name: string;
  readonly time: SpanTime;
}

export interface OtlpSpanLink extends Attributed {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
}

/** Who has made a span. */
export interface SpanScopeHead {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

/** A span, complete. All texts are well-formed, and IDs have hexadecimal digits. */
export interface OtlpSpan extends Attributed {
  readonly scope: SpanScopeHead;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** As in OTLP, which counts from 1. */
  readonly kind: number;
  readonly start: SpanTime;
  readonly end: SpanTime;
  readonly events: readonly OtlpSpanEvent[];
  readonly droppedEvents: number;
  readonly links: readonly OtlpSpanLink[];
  readonly droppedLinks: number;
  readonly status: { readonly code: number; readonly message: string };
  /** The flags of the trace, and what OTLP adds to them. */
  readonly flags: number;
}

/** Returns spans by their scopes, each in the order in which it came. */
export function byScope(spans: readonly OtlpSpan[]): readonly (readonly OtlpSpan[])[] {
  const scopes = new Map<string, OtlpSpan[]>();
  for (const span of spans) {
    const { name, version, schemaUrl } = span.scope;
    const key = JSON.stringify([name, version, schemaUrl]);
    const known = scopes.get(key);
    if (known) known.push(span);
    else scopes.set(key, [span]);
  }
  return [...scopes.values()];
}

/** Returns nanoseconds since 1970. */
export const nanosecondsOf = ([seconds, nanoseconds]: SpanTime): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
