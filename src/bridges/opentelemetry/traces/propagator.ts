import {
  type Baggage,
  type BaggageEntry,
  baggageEntryMetadataFromString,
  type Context,
  createTraceState,
  propagation,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';

import { SUPPRESSED } from './suppressed.ts';

const PARENT = 'traceparent';
const STATE = 'tracestate';
const BAGGAGE = 'baggage';

/**
 * Version, trace, span, flags. A later version may say more behind that: https://www.w3.org/TR/trace-context/#versioning-of-traceparent
 */
const TRACEPARENT =
  /^\s?(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?\s?$/;

/** https://www.w3.org/TR/trace-context/#tracestate-limits */
const MOST_STATES = 32;
const LONGEST_STATE = 512;

/** https://www.w3.org/TR/baggage/#limits */
const MOST_ENTRIES = 180;
const LONGEST_ENTRY = 4096;
const LONGEST_BAGGAGE = 8192;
/** What a header can have of metadata. A comma would begin another entry. */
const METADATA = /^[\t\x20-\x2b\x2d-\x7e]*$/;
/** A header that is longer says nothing that anybody needs. */
const LONGEST_HEADER = 16_384;

/** Returns the first text of a header; `undefined` if it has none. */
function headerOf<C>(carrier: C, getter: TextMapGetter<C>, name: string): string | undefined {
  const given = getter.get(carrier, name);
  const text = Array.isArray(given) ? given.join(',') : given;
  return typeof text === 'string' && text.length <= LONGEST_HEADER ? text : undefined;
}

/** What must not be traced goes on without headers, too, such as the requests of an exporter. */
const isSuppressed = (around: Context): boolean => around.getValue(SUPPRESSED) === true;

/** The headers `traceparent` and `tracestate`, by which a trace goes on elsewhere. What is no such header is passed over. */
export const traceContext: TextMapPropagator = {
  fields: () => [PARENT, STATE],
  inject(around, carrier, setter) {
    const span = trace.getSpanContext(around);
    if (isSuppressed(around) || !span || !trace.isSpanContextValid(span)) return;
    const { traceId, spanId, traceFlags, traceState } = span;
    const flags = (traceFlags & 255).toString(16).padStart(2, '0');
    setter.set(carrier, PARENT, `00-${traceId}-${spanId}-${flags}`);
    const state = traceState?.serialize();
    if (state) setter.set(carrier, STATE, state);
  },
  extract(around, carrier, getter) {
    const parents = getter.get(carrier, PARENT);
    // Several of them contradict each other.
    const parent = Array.isArray(parents)
      ? parents.length === 1
        ? parents[0]
        : undefined
      : parents;
    const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(parent ?? '') ?? [];
    if (!traceId || !spanId || !flags || (version === '00' && more)) return around;
    const state = headerOf(carrier, getter, STATE);
    const context: SpanContext = {
      ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true },
      ...(state && { traceState: createTraceState(shortState(state)) }),
    };
    return trace.setSpanContext(around, context);
  },
};

/**
 * Returns what goes on of a header `tracestate`: its first members are the newest. If it is longer, the API drops all of
 * it, and if there are more, the API turns their order around.
 */
function shortState(header: string): string {
  let [short, count] = ['', 0];
  for (const member of header.split(',')) {
    const longer = short ? `${short},${member}` : member;
    if (!member.trim() || longer.length > LONGEST_STATE || count >= MOST_STATES) continue;
    short = longer;
    count++;
  }
  return short;
}

/** The header `baggage`, with what an application sends along. */
export const baggage: TextMapPropagator = {
  fields: () => [BAGGAGE],
  inject(around, carrier, setter) {
    const header = isSuppressed(around) ? '' : writtenBaggage(propagation.getBaggage(around));
    if (header) setter.set(carrier, BAGGAGE, header);
  },
  extract(around, carrier, getter) {
    const header = headerOf(carrier, getter, BAGGAGE);
    if (!header) return around;
    const entries: Record<string, BaggageEntry> = {};
    let count = 0;
    for (const member of header.split(',')) {
      const read = member.length <= LONGEST_ENTRY ? entryOf(member) : undefined;
      if (!read || ++count > MOST_ENTRIES) continue;
      // A plain assignment would take `__proto__` for something else.
      const [name, value] = read;
      Object.defineProperty(entries, name, { value, enumerable: true, configurable: true });
    }
    if (Object.keys(entries).length === 0) return around;
    return propagation.setBaggage(around, propagation.createBaggage(entries));
  },
};

function writtenBaggage(given: Baggage | undefined): string {
  let header = '';
  for (const [name, value] of given?.getAllEntries().slice(0, MOST_ENTRIES) ?? []) {
    const entry = writtenEntry(name, value);
    const whole = header ? `${header},${entry}` : entry;
    if (entry && entry.length <= LONGEST_ENTRY && whole.length <= LONGEST_BAGGAGE) header = whole;
  }
  return header;
}

/** Returns an entry; an empty text if it cannot be written. That must not cost the others. */
function writtenEntry(name: string, given: BaggageEntry): string {
  try {
    const { value, metadata } = given;
    const more = metadata?.toString() ?? '';
    const pair = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    return more && METADATA.test(more) ? `${pair};${more}` : pair;
  } catch {
    return ''; // a lone surrogate, or a value that is no text
  }
}

function entryOf(member: string): readonly [name: string, entry: BaggageEntry] | undefined {
  const [pair = '', ...metadata] = member.split(';');
  const at = pair.indexOf('=');
  if (at <= 0) return undefined;
  try {
    const name = decodeURIComponent(pair.slice(0, at).trim());
    if (!name) return undefined;
    const value = decodeURIComponent(pair.slice(at + 1).trim());
    const more = metadata.join(';').trim();
    return [name, { value, ...(more && { metadata: baggageEntryMetadataFromString(more) }) }];
  } catch {
    return undefined; // it is not encoded as it must be
  }
}

/** All of that, for `propagation.setGlobalPropagator()`. It never throws. */
export const w3cPropagator: TextMapPropagator = {
  fields: () => [PARENT, STATE, BAGGAGE],
  inject(around: Context, carrier: unknown, setter: TextMapSetter) {
    for (const one of [traceContext, baggage]) {
      try {
        one.inject(around, carrier, setter);
      } catch {} // a carrier that cannot be written
    }
  },
  extract(around: Context, carrier: unknown, getter: TextMapGetter) {
    return [traceContext, baggage].reduce((before, one) => {
      try {
        return one.extract(before, carrier, getter);
      } catch {
        return before;
      }
    }, around);
  },
};

/** Returns the propagator that is registered with the API, or that of the W3C. Its `extract` and `inject` may throw. */
export function currentPropagator(): Pick<TextMapPropagator, 'inject' | 'extract'> {
  return propagation.fields().length > 0 ? propagation : w3cPropagator;
}
