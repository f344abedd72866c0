import {
  type Attributes,
  createTraceState,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
} from '@opentelemetry/api';
import { CONTEXT_IS_REMOTE } from '../../../features/traces/span-batch.ts';
import { contextOf } from './ids.ts';
import { type RecordedSpan, SpanDetails } from './recorded-span.ts';
import { highResolution } from './times.ts';

/** A span as OpenTelemetry's processors and exporters see it. Its properties say what holds when they are read. */
export class SpanView implements Span {
  readonly #of: RecordedSpan;
  readonly resource: object;
  readonly instrumentationScope: {
    readonly name: string;
    readonly version: string | undefined;
    readonly schemaUrl: string | undefined;
  };

  constructor(of: RecordedSpan, resource: object) {
    this.#of = of;
    this.resource = resource;
    const { name, version, schemaUrl } = of.scope;
    this.instrumentationScope = {
      name,
      version: version || undefined,
      schemaUrl: schemaUrl || undefined,
    };
  }

  get #details(): SpanDetails {
    return this.#of.details ?? new SpanDetails();
  }

  spanContext(): SpanContext {
    return this.#of.spanContext();
  }

  isRecording(): boolean {
    return this.#of.isRecording();
  }

  /** A processor may add to a span that has begun. */
  setAttribute(...given: Parameters<Span['setAttribute']>): this {
    this.#of.setAttribute(...given);
    return this;
  }

  setAttributes(...given: Parameters<Span['setAttributes']>): this {
    this.#of.setAttributes(...given);
    return this;
  }

  addEvent(...given: Parameters<Span['addEvent']>): this {
    this.#of.addEvent(...given);
    return this;
  }

  addLink(...given: Parameters<Span['addLink']>): this {
    this.#of.addLink(...given);
    return this;
  }

  addLinks(...given: Parameters<Span['addLinks']>): this {
    this.#of.addLinks(...given);
    return this;
  }

  setStatus(...given: Parameters<Span['setStatus']>): this {
    this.#of.setStatus(...given);
    return this;
  }

  updateName(name: string): this {
    this.#of.updateName(name);
    return this;
  }

  recordException(...given: Parameters<Span['recordException']>): void {
    this.#of.recordException(...given);
  }

  end(...given: Parameters<Span['end']>): void {
    this.#of.end(...given);
  }

  get name(): string {
    return this.#of.name;
  }

  get kind(): SpanKind {
    return this.#of.kind;
  }

  get parentSpanContext(): SpanContext | undefined {
    const { parent, traceFlags } = this.#of;
    return parent && { ...contextOf(parent.ids, traceFlags), isRemote: parent.isRemote };
  }

  get startTime(): HrTime {
    return highResolution([this.#of.start, this.#details.startNanoseconds]);
  }

  get endTime(): HrTime {
    const time = [this.#of.ended, this.#details.endNanoseconds] as const;
    return this.ended ? highResolution(time) : [0, 0];
  }

  get duration(): HrTime {
    const [start, end] = [this.startTime, this.endTime];
    if (!this.ended) return [-1, -1];
    const nanoseconds = end[1] - start[1];
    const seconds = end[0] - start[0];
    return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds];
  }

  get ended(): boolean {
    return !this.#of.isRecording();
  }

  get status(): SpanStatus {
    return this.#of.status;
  }

  get attributes(): Attributes {
    return this.#of.attributes.toObject();
  }

  get events() {
    return this.#details.events.map(({ name, time, attributes }) => ({
      name,
      time: highResolution(time),
      attributes: attributes.toObject(),
      droppedAttributesCount: attributes.dropped,
    }));
  }

  /** What a link has not is left out, as the SDK leaves out what it was not given. */
  get links(): Link[] {
    return this.#details.links.map(({ ids, flags, state, attributes }) => ({
      context: {
        ...contextOf(ids, flags & 255),
        ...(flags & CONTEXT_IS_REMOTE && { isRemote: true }),
        ...(state && { traceState: createTraceState(state) }),
      },
      ...(attributes.count > 0 && { attributes: attributes.toObject() }),
      ...(attributes.dropped > 0 && { droppedAttributesCount: attributes.dropped }),
    }));
  }

  get droppedAttributesCount(): number {
    return this.#of.attributes.dropped;
  }

  get droppedEventsCount(): number {
    return this.#details.droppedEvents;
  }

  get droppedLinksCount(): number {
    return this.#details.droppedLinks;
  }
}
