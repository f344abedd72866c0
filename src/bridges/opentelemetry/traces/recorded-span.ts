import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
  TraceState,
} from '@opentelemetry/api';
import {
  CONTEXT_IS_REMOTE,
  MAX_CONTENT,
  MAX_EVENTS,
  MAX_LINKS,
  MAX_TEXT,
  NO_NANOSECONDS,
} from '../../../features/traces/span-batch.ts';
import type { Scope } from '../scope.ts';
import { AttributeList, type Refusing, type Room } from './attribute-list.ts';
import { bitsAt, digitsOf } from './ids.ts';
import { type BatchTime, elapsed, givenTime, isLater } from './times.ts';

/** Who records a span, and where it goes when it has ended. */
export interface SpanScope extends Scope, Refusing {
  /** Called once for each span. Never throws. */
  ended(span: RecordedSpan): void;
}

/** The IDs of a trace and a span, each 32 bits of them. */
export type SpanIds = readonly [
  ...trace: [number, number, number, number],
  ...span: [number, number],
];

/** Which span another one is in. */
export interface Parent {
  /** The high and the low bits of its ID. */
  readonly high: number;
  /** The low 32 bits of its ID. */
  readonly low: number;
  /** Whether it is in another process. */
  readonly isRemote: boolean;
}

export interface SpanEvent {
  /** The name of the event. */
  readonly name: string;
  /** When it was. */
  readonly time: BatchTime;
  /** Its attributes. */
  readonly attributes: AttributeList;
}

export interface SpanLink {
  /** The trace and the span that it leads to. */
  readonly ids: SpanIds;
  /** Those of the trace, and whether the context came from elsewhere. */
  readonly flags: number;
  /** The state of the trace, as its header has it. */
  readonly state: string;
  /** Its attributes. */
  readonly attributes: AttributeList;
}

/** https://www.w3.org/TR/trace-context/#trace-id and #parent-id */
const IDS = /^(?!0{32})[\da-f]{32}(?!0{16})[\da-f]{16}$/i;

/** Returns the IDs of a context; `undefined` if they are none. */
export function idsOf({ traceId, spanId }: SpanContext): SpanIds | undefined {
  const digits = `${traceId}${spanId}`;
  if (!IDS.test(digits)) return undefined;
  const bits = (at: number) => bitsAt(digits, at);
  return [bits(0), bits(8), bits(16), bits(24), bits(32), bits(40)];
}

const UNSET: SpanStatus = { code: 0 };

/** A span that is recorded. Its methods do what those of OpenTelemetry do, and never throw. */
export class RecordedSpan implements Span, Room {
  /** Who records it. */
  readonly scope: SpanScope;
  /** The IDs of its trace and of itself. */
  readonly ids: SpanIds;
  /** The span that it is in. `undefined` if it begins a trace. */
  readonly parent: Parent | undefined;
  /** The flags of the trace. */
  readonly traceFlags: number;
  /** The state of the trace, which other systems have written. */
  readonly traceState: TraceState | undefined;
  /** On which side of a call it is. */
  readonly kind: SpanKind;
  /** What has to be added to the clock that nobody sets. Milliseconds. */
  readonly offset: number;
  /** When it was started by that clock; NaN if the application has said when. */
  readonly #began: number;
  /** When it has started. */
  readonly startTime: BatchTime;
  /** Its attributes. */
  readonly attributes = new AttributeList();
  /** How much more text it may hold, in UTF-16 units. */
  left = MAX_CONTENT;
  /** Its name. */
  name: string;
  /** Whether it has succeeded. */
  status: SpanStatus = UNSET;
  /** Most spans have none, so there is no list until there is one. */
  events: SpanEvent[] | undefined;
  /** Spans of other traces that it belongs to. */
  links: SpanLink[] | undefined;
  /** How many events were too much. */
  droppedEvents = 0;
  /** How many links were too much. */
  droppedLinks = 0;
  /** When it has ended. */
  endTime: BatchTime | undefined;
  /** The period in which it was started: see `OpenSpans`. */
  readonly period: number;
  #context: SpanContext | undefined;

  constructor(
    scope: SpanScope,
    name: string,
    kind: SpanKind,
    ids: SpanIds,
    parent: Parent | undefined,
    traceFlags: number,
    traceState: TraceState | undefined,
    offset: number,
    began: number,
    startTime: BatchTime | undefined,
    period: number,
  ) {
    this.scope = scope;
    this.name = name;
    this.kind = kind;
    this.ids = ids;
    this.parent = parent;
    this.traceFlags = traceFlags;
    this.traceState = traceState;
    this.offset = offset;
    this.period = period;
    this.#began = startTime ? Number.NaN : began;
    this.startTime = startTime ?? [began + offset, NO_NANOSECONDS];
  }

  spanContext(): SpanContext {
    this.#context ??= contextOf(this.ids, this.traceFlags, this.traceState);
    return this.#context;
  }

  isRecording(): boolean {
    return this.endTime === undefined;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.endTime) return this;
    this.attributes.set(key, value, this, this.scope);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (!this.endTime) this.attributes.setAll(attributes, this, this.scope);
    return this;
  }

  addEvent(name: string, given?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.endTime) return this;
    const when = givenTime(given as TimeInput, this.offset);
    const at = givenTime(time, this.offset) ?? when ?? [this.offset + elapsed(), NO_NANOSECONDS];
    // The newest tell most of how a span has ended.
    this.events ??= [];
    if (this.events.length >= MAX_EVENTS) {
      this.left += this.events.shift()!.attributes.size;
      this.droppedEvents++;
    }
    const attributes = new AttributeList();
    if (!when) attributes.setAll(given as Attributes, this, this.scope);
    this.events.push({ name: nameOf(name), time: at, attributes });
    return this;
  }

  addLink(link: Link): this {
    if (this.endTime) return this;
    try {
      const { context, attributes: given } = link;
      const ids = idsOf(context);
      if (!ids) this.scope.refused('link');
      else if ((this.links ??= []).length >= MAX_LINKS) this.droppedLinks++;
      else {
        const attributes = new AttributeList();
        attributes.setAll(given, this, this.scope);
        const flags = (context.traceFlags & 255) + (context.isRemote ? CONTEXT_IS_REMOTE : 0);
        const state = context.traceState?.serialize() ?? '';
        this.links.push({ ids, flags, state, attributes });
      }
    } catch {
      this.scope.refused('link');
    }
    return this;
  }

  addLinks(links: Link[]): this {
    try {
      if (Array.isArray(links)) for (const link of links) this.addLink(link);
    } catch {
      this.scope.refused('link');
    }
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (this.endTime) return this;
    try {
      const { code, message } = status;
      const isText = typeof message === 'string';
      if (code !== 0 && code !== 1 && code !== 2) this.scope.refused('status');
      else this.status = isText ? { code, message: message.slice(0, MAX_TEXT) } : { code };
    } catch {
      this.scope.refused('status');
    }
    return this;
  }

  updateName(name: string): this {
    if (!this.endTime) this.name = nameOf(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes: Attributes = {};
    try {
      if (typeof exception === 'string') attributes['exception.message'] = exception;
      else {
        const { code, name, message, stack } = exception;
        if (code || name) attributes['exception.type'] = String(code || name);
        if (message) attributes['exception.message'] = message;
        if (stack) attributes['exception.stacktrace'] = stack;
      }
    } catch {
      this.scope.refused('exception');
    }
    // OpenTelemetry demands a type or a message. A stack says nothing without them.
    if ('exception.type' in attributes || 'exception.message' in attributes) {
      this.addEvent('exception', attributes, time);
    }
  }

  end(time?: TimeInput): void {
    if (this.endTime) {
      this.scope.refused('second end');
      return;
    }
    this.endTime = this.#ending(time);
    this.scope.ended(this);
  }

  #ending(time: TimeInput | undefined): BatchTime {
    const given = time === undefined ? undefined : givenTime(time, this.offset);
    // A duration is never taken from a clock that somebody sets.
    const now: BatchTime = [elapsed() + this.offset, NO_NANOSECONDS];
    const end = given ?? now;
    // Most spans are given no time at all, and the clock goes only forward.
    if (!given && !Number.isNaN(this.#began)) return end;
    return isLater(this.startTime, end) ? this.startTime : end;
  }
}

export function contextOf(
  [a, b, c, d, high, low]: SpanIds,
  traceFlags: number,
  traceState?: TraceState,
): SpanContext {
  const traceId = digitsOf(a) + digitsOf(b) + digitsOf(c) + digitsOf(d);
  const spanId = digitsOf(high) + digitsOf(low);
  return { traceId, spanId, traceFlags, ...(traceState && { traceState }) };
}

export function nameOf(name: unknown): string {
  return typeof name === 'string' ? name.slice(0, MAX_TEXT) : '';
}
