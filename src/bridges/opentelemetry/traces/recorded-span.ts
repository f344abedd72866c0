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
  NO_NANOSECONDS,
} from '../../../features/traces/span-batch.ts';
import type { Scope } from '../scope.ts';
import { AttributeList, cut, type Room, type Taking } from './attribute-list.ts';
import { contextOf, idsOf, type SpanIds } from './ids.ts';
import { type BatchTime, elapsed, givenTime, isLater } from './times.ts';

/** Who records a span, and where it goes when it has ended. */
export interface SpanScope extends Scope, Taking {
  /** Called once for each span. Never throws. */
  ended(span: RecordedSpan): void;
}

/** Which span another one is in. It is no `RecordedSpan`, since those would hold all that are above them. */
export interface Parent {
  /** The IDs of its trace and of itself. */
  readonly ids: SpanIds;
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

/** What few spans have. */
export class SpanDetails {
  /** The nanoseconds of its start, in addition to whole seconds. */
  startNanoseconds = NO_NANOSECONDS;
  /** The nanoseconds of its end, in addition to whole seconds. */
  endNanoseconds = NO_NANOSECONDS;
  /** What has happened in it. */
  readonly events: SpanEvent[] = [];
  /** How many events were too much. */
  droppedEvents = 0;
  /** Spans of other traces that it belongs to. */
  readonly links: SpanLink[] = [];
  /** How many links were too much. */
  droppedLinks = 0;
}

interface AnyException {
  readonly code?: string | number;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
}

const UNSET: SpanStatus = { code: 0 };
/** The other codes of a status. */
const OK = 1;
const ERROR = 2;

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
  /** When it was started, in milliseconds; in seconds if its details have nanoseconds. */
  readonly start: number;
  /** When it has ended, in the same way; NaN until then. */
  ended = Number.NaN;
  /** Its attributes. */
  readonly attributes = new AttributeList();
  /** How much more text it may hold, in UTF-16 units. */
  left = MAX_CONTENT;
  /** Its name. */
  name: string;
  /** Whether it has succeeded. */
  status: SpanStatus = UNSET;
  /** Absent as long as they would be empty. */
  details: SpanDetails | undefined;
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
    this.start = startTime ? startTime[0] : began + offset;
    if (startTime && startTime[1] >= 0) this.#detailed().startNanoseconds = startTime[1];
  }

  spanContext(): SpanContext {
    this.#context ??= contextOf(this.ids, this.traceFlags, this.traceState);
    return this.#context;
  }

  isRecording(): boolean {
    return Number.isNaN(this.ended);
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (!this.isRecording()) return this;
    this.attributes.set(key, value, this.scope.limits.attributes, this);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.isRecording()) this.attributes.setAll(attributes, this.scope.limits.attributes, this);
    return this;
  }

  addEvent(name: string, given?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.isRecording()) return this;
    const when = givenTime(given as TimeInput, this.offset);
    const at = givenTime(time, this.offset) ?? when ?? [this.offset + elapsed(), NO_NANOSECONDS];
    // The newest tell most of how a span has ended.
    const details = this.#detailed();
    const { events } = details;
    const { limits } = this.scope;
    if (events.length >= limits.events) {
      this.left += events.shift()?.attributes.size ?? 0;
      details.droppedEvents++;
      if (limits.events === 0) return this;
    }
    const attributes = new AttributeList();
    if (!when) attributes.setAll(given as Attributes, limits.ofEvent, this);
    events.push({ name: soundText(name), time: at, attributes });
    return this;
  }

  addLink(link: Link): this {
    if (!this.isRecording()) return this;
    try {
      const { context, attributes: given } = link;
      const ids = idsOf(context);
      const details = this.#detailed();
      const { limits } = this.scope;
      if (!ids) this.scope.refused('link');
      else if (details.links.length >= limits.links) details.droppedLinks++;
      else {
        const attributes = new AttributeList();
        attributes.setAll(given, limits.ofLink, this);
        const flags = (context.traceFlags & 255) + (context.isRemote ? CONTEXT_IS_REMOTE : 0);
        const state = stateText(context.traceState);
        details.links.push({ ids, flags, state, attributes });
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
    if (!this.isRecording()) return this;
    try {
      const { code, message } = status;
      if (code !== 0 && code !== OK && code !== ERROR) this.scope.refused('status');
      // OK is final, and only an error has a message: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
      else if (code && this.status.code !== OK) {
        const isTold = code === ERROR && typeof message === 'string';
        this.status = isTold ? { code, message: cut(message) } : { code };
      }
    } catch {
      this.scope.refused('status');
    }
    return this;
  }

  updateName(name: string): this {
    if (this.isRecording()) this.name = soundText(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes: Attributes = {};
    try {
      const { code, name, message, stack }: AnyException =
        typeof exception === 'string' ? { message: exception } : exception;
      if (code || name) attributes['exception.type'] = String(code || name);
      if (message) attributes['exception.message'] = message;
      if (stack) attributes['exception.stacktrace'] = stack;
    } catch {
      this.scope.refused('exception');
    }
    // OpenTelemetry demands a type or a message. A stack says nothing without them.
    if ('exception.type' in attributes || 'exception.message' in attributes) {
      this.addEvent('exception', attributes, time);
    }
  }

  end(time?: TimeInput): void {
    if (!this.isRecording()) {
      this.scope.refused('second end');
      return;
    }
    // A duration is never taken from a clock that somebody sets, and this one goes only forward.
    this.ended = elapsed() + this.offset;
    if (time !== undefined || this.details || this.ended < this.start) this.#endAt(time);
    this.scope.ended(this);
  }

  /** Ends at the given time, but not before the start. */
  #endAt(given: TimeInput | undefined): void {
    const { startNanoseconds = NO_NANOSECONDS } = this.details ?? {};
    const start: BatchTime = [this.start, startNanoseconds];
    const time = givenTime(given, this.offset) ?? [this.ended, NO_NANOSECONDS];
    const [ended, nanoseconds] = isLater(start, time) ? start : time;
    this.ended = ended;
    if (nanoseconds >= 0) this.#detailed().endNanoseconds = nanoseconds;
  }

  #detailed(): SpanDetails {
    this.details ??= new SpanDetails();
    return this.details;
  }
}

/** Returns a text that is not too long; an empty one for what is none. */
export function soundText(text: unknown): string {
  return typeof text === 'string' ? cut(text) : '';
}

/** Returns the header of a trace state, which may be anybody's; an empty one if it has none. */
export function stateText(state: TraceState | undefined): string {
  try {
    return soundText(state?.serialize());
  } catch {
    return '';
  }
}
