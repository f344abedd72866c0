import {
  KIND_ARRAY,
  KIND_FALSE,
  KIND_NULL,
  KIND_NUMBER,
  KIND_TEXT,
  KIND_TRUE,
} from '../../events/event-batch.ts';
import type { AnyValue } from '../../formats/otlp/any-value.ts';
import type { Attributed, OtlpSpan, OtlpSpanLink, SpanTime } from '../../formats/otlp/span.ts';
import { isListOf } from '../../model.ts';
import { wellFormed } from '../../platform/realm.ts';
import {
  CONTEXT_IS_REMOTE,
  HEAD_NUMBERS,
  HEAD_TEXTS,
  MAX_ATTRIBUTES,
  MAX_EVENTS,
  MAX_ITEMS,
  MAX_LINKS,
  MAX_TEXT,
  NO_NANOSECONDS,
  PARENT_IS_REMOTE,
  type SpanBatch,
} from './span-batch.ts';

/** How many spans a batch may have. A thread of ours sends far fewer. */
const MAX_SPANS = 16_384;
/** How many characters all spans of a batch may have: one long text may be named again and again. */
const MAX_LENGTH = 33_554_432;
const HALF = 2 ** 32;
const MAX_COUNT = HALF - 1;
/** OTLP has 64 bits for the nanoseconds of a time, and a receiver may refuse all that came with one that is later. Seconds. */
const LATEST = 1.8e10;

/** What OTLP adds to the flags of a trace: that the next bit says something, and whether a context is from elsewhere. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** A span as it was read, and whether its parent is in another process. */
export interface ReadSpan extends OtlpSpan {
  /** Whether nothing of its trace that is above it was recorded here. */
  readonly isLocalRoot: boolean;
  /** How many characters it has, roughly. */
  readonly size: number;
}

/** Whether this may be a batch. It can come from anybody. */
export function isSpanBatch(value: unknown): value is SpanBatch {
  const { count, slots, texts, outbox, number, lost } = (value ?? {}) as Partial<SpanBatch>;
  const isWhole = [count, number].every((one) => Number.isSafeInteger(one) && one! >= 0);
  // The class is not checked, since it may be of another realm.
  const isRow = Object.prototype.toString.call(slots) === '[object Float64Array]';
  const areTexts = isListOf((text) => typeof text === 'string', texts);
  const isNamed = typeof outbox === 'string' && outbox.length <= 64;
  return isWhole && count! <= MAX_SPANS && isRow && areTexts && isNamed && isListOf(isLoss, lost);
}

const isLoss = (one: unknown): boolean =>
  Array.isArray(one) && typeof one[0] === 'string' && Number.isSafeInteger(one[1]) && one[1] > 0;

/** @throws RangeError if the batch is none */
export function readSpans(batch: SpanBatch): ReadSpan[] {
  const reader = new SpanReader(batch);
  return Array.from({ length: batch.count }, () => reader.span());
}

class SpanReader {
  readonly #slots: Float64Array;
  readonly #texts: readonly string[];
  #at = 0;
  #left = MAX_LENGTH;

  constructor({ slots, texts }: SpanBatch) {
    this.#slots = slots;
    this.#texts = texts.map((text) => wellFormed(text.slice(0, MAX_TEXT)));
  }

  span(): ReadSpan {
    const before = this.#left;
    if (this.#at + HEAD_TEXTS + HEAD_NUMBERS > this.#slots.length) throw notWhole();
    const [name, scopeName, version, schemaUrl, message, traceState] = [
      ...[this.#text(), this.#text(), this.#text()],
      ...[this.#text(), this.#text(), this.#text()],
    ] as [string, string, string, string, string, string];
    const kind = this.#count(4) + 1;
    const code = this.#count(2);
    const flags = this.#count(511);
    const traceId = this.#id(4);
    const spanId = this.#id(2);
    const parentSpanId = this.#id(2, true);
    const start = this.#time();
    const end = this.#time();
    const droppedAttributes = this.#count();
    const attributes = this.#count(MAX_ATTRIBUTES);
    const droppedEvents = this.#count();
    const events = this.#count(MAX_EVENTS);
    const droppedLinks = this.#count();
    const links = this.#count(MAX_LINKS);
    const isRemote = (flags & PARENT_IS_REMOTE) !== 0;
    const span = {
      ...{ traceId, spanId, parentSpanId, traceState, name, kind, start, end },
      scope: { name: scopeName, version, schemaUrl },
      status: { code, message },
      flags: otlpFlags(flags & 255, isRemote),
      isLocalRoot: parentSpanId === '' || isRemote,
      ...{ droppedAttributes, droppedEvents, droppedLinks },
      attributes: this.#attributes(attributes),
      events: this.#list(events, () => ({
        ...{ name: this.#text(), time: this.#time() },
        ...this.#attributed(),
      })),
      links: this.#list(links, () => this.#link()),
    };
    return { ...span, size: before - this.#left };
  }

  #link(): OtlpSpanLink {
    const [traceId, spanId] = [this.#id(4), this.#id(2)];
    const flags = this.#count(511);
    const traceState = this.#text();
    const isRemote = (flags & CONTEXT_IS_REMOTE) !== 0;
    const more = this.#attributed();
    return { traceId, spanId, traceState, flags: otlpFlags(flags & 255, isRemote), ...more };
  }

  #attributed(): Attributed {
    const droppedAttributes = this.#count();
    return { droppedAttributes, attributes: this.#attributes(this.#count(MAX_ATTRIBUTES)) };
  }

  #attributes(count: number): (readonly [string, AnyValue])[] {
    return this.#list(count, () => [this.#text(), this.#value()] as const);
  }

  /** Reads a value. Arrays hold no arrays. */
  #value(isItem = false): AnyValue {
    const kind = this.#number();
    if (kind === KIND_NULL) return undefined;
    if (kind === KIND_TRUE || kind === KIND_FALSE) return kind === KIND_TRUE;
    if (kind === KIND_NUMBER) return this.#number();
    if (kind === KIND_TEXT) return this.#text();
    if (kind !== KIND_ARRAY || isItem) throw new RangeError(`no value is of kind ${kind}`);
    return this.#list(this.#count(MAX_ITEMS), () => this.#value(true));
  }

  #list<T>(count: number, item: () => T): T[] {
    return Array.from({ length: count }, item);
  }

  #number(): number {
    const number = this.#slots[this.#at++];
    if (number === undefined) throw notWhole();
    return number;
  }

  #count(most = MAX_COUNT): number {
    const count = this.#number();
    if (!(Number.isInteger(count) && count >= 0 && count <= most)) {
      throw new RangeError(`${count} is no number up to ${most}`);
    }
    return count;
  }

  #text(): string {
    const number = this.#number();
    const text = number === 0 ? '' : this.#texts[number - 1];
    if (text === undefined) throw notWhole();
    this.#left -= text.length;
    if (this.#left < 0) throw new RangeError(`a batch of more than ${MAX_LENGTH} characters`);
    return text;
  }

  /** @param isOptional whether it may be none, which is an empty text */
  #id(parts: number, isOptional = false): string {
    let digits = '';
    let isNone = true;
    for (let i = 0; i < parts; i++) {
      const bits = this.#count();
      if (bits !== 0) isNone = false;
      digits += bits.toString(16).padStart(8, '0');
    }
    if (isNone && !isOptional) throw new RangeError('an ID without a digit');
    return isNone ? '' : digits;
  }

  #time(): SpanTime {
    const time = this.#number();
    const nanoseconds = this.#number();
    const isExact = nanoseconds !== NO_NANOSECONDS;
    if (!(time >= 0 && time < (isExact ? LATEST : LATEST * 1000)))
      throw new RangeError(`${time} is no time`);
    if (!isExact) {
      const seconds = Math.floor(time / 1000);
      const rest = Math.round((time % 1000) * 1e6);
      return rest === 1e9 ? [seconds + 1, 0] : [seconds, rest];
    }
    if (!(nanoseconds >= 0 && nanoseconds < 1e12))
      throw new RangeError(`${nanoseconds} is no time`);
    return [Math.floor(time), Math.floor(nanoseconds)];
  }
}

const otlpFlags = (flags: number, isRemote: boolean): number =>
  flags + HAS_IS_REMOTE + (isRemote ? IS_REMOTE : 0);

const notWhole = () => new RangeError('the batch has no such part');
