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
  ALL_BITS,
  CONTEXT_IS_REMOTE,
  HAS_MORE,
  HAS_PARENT,
  KIND_BIT,
  MAX_ITEMS,
  MAX_LENGTH,
  MAX_OF_A_KIND,
  MAX_TEXT,
  NO_NANOSECONDS,
  PARENT_IS_REMOTE,
  type SpanBatch,
  STATUS_BIT,
  TEXT_LENGTHS,
} from './span-batch.ts';

/** How many spans a batch may have. A thread of ours sends far fewer. */
const MAX_SPANS = 16_384;
/** How many numbers a batch may have. One of ours ends at 262,144 bytes, and the last span of it has far fewer than this. */
const MAX_SLOTS = 1_048_576;
const HALF = 2 ** 32;
const MAX_COUNT = HALF - 1;
/** The numbers of OTLP for a consumer, and for an error. */
const MAX_KIND = 5;
const MAX_STATUS = 2;
/** OTLP has 64 bits for the nanoseconds of a time, and a receiver may refuse all that came with one that is later. Seconds. */
const LATEST = 1.8e10;

/** What OTLP adds to the flags of a trace: that the next bit says something, and whether a context is from elsewhere. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** A span as it was read, and whether its parent is in another process. */
export interface ReadSpan extends OtlpSpan {
  /** Whether nothing of its trace that is above it was recorded here. */
  readonly isLocalRoot: boolean;
  /** How many characters it has, roughly. A number counts as eight. */
  readonly size: number;
}

/** Whether this may be a batch. It can come from anybody. */
export function isSpanBatch(value: unknown): value is SpanBatch {
  const { count, slots, characters, outbox, number, lost } = (value ?? {}) as Partial<SpanBatch>;
  const isWhole = [count, number].every((one) => Number.isSafeInteger(one) && one! >= 0);
  // The class is not checked, since it may be of another realm.
  const areRows = tagOf(slots) === 'Float64Array' && tagOf(characters) === 'Uint16Array';
  const isNamed = typeof outbox === 'string' && outbox.length <= 64;
  return (
    isWhole &&
    count! <= MAX_SPANS &&
    areRows &&
    slots!.length <= MAX_SLOTS &&
    isNamed &&
    isListOf(isLoss, lost)
  );
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const isLoss = (one: unknown): boolean =>
  Array.isArray(one) && typeof one[0] === 'string' && Number.isSafeInteger(one[1]) && one[1] > 0;

/** @throws RangeError if the batch is none */
export function readSpans(batch: SpanBatch): ReadSpan[] {
  const reader = new SpanReader(batch);
  return Array.from({ length: batch.count }, () => reader.span());
}

class SpanReader {
  readonly #slots: Float64Array;
  readonly #characters: Uint16Array;
  /** By their numbers. */
  readonly #texts = new Map<number, string>();
  #at = 0;
  #left = MAX_LENGTH;

  constructor({ slots, characters }: SpanBatch) {
    this.#slots = slots;
    this.#characters = characters;
  }

  span(): ReadSpan {
    const [before, began] = [this.#left, this.#at];
    const bits = this.#count(ALL_BITS - 1);
    const kind = ((bits / KIND_BIT) & 7) + 1;
    const code = (bits / STATUS_BIT) & 3;
    if (kind > MAX_KIND || code > MAX_STATUS) throw notWhole();
    const [name, scopeName, version] = [this.#text(), this.#text(), this.#text()];
    const traceId = this.#id(4);
    const spanId = this.#id(2);
    const parentSpanId = bits & HAS_PARENT ? this.#id(2) : '';
    const [start, end] = [this.#number(), this.#number()];
    const attributes = this.#count(MAX_OF_A_KIND);
    // What few spans have.
    const hasMore = (bits & HAS_MORE) !== 0;
    const text = () => (hasMore ? this.#text() : '');
    const nanoseconds = () => (hasMore ? this.#number() : NO_NANOSECONDS);
    const count = (most?: number) => (hasMore ? this.#count(most) : 0);
    const [schemaUrl, message, traceState] = [text(), text(), text()] as const;
    const [startTime, endTime] = [timeOf(start, nanoseconds()), timeOf(end, nanoseconds())];
    const droppedAttributes = count();
    const [droppedEvents, events] = [count(), count(MAX_OF_A_KIND)];
    const [droppedLinks, links] = [count(), count(MAX_OF_A_KIND)];
    const isRemote = (bits & PARENT_IS_REMOTE) !== 0;
    const span = {
      ...{ traceId, spanId, parentSpanId, traceState, name, kind, start: startTime, end: endTime },
      scope: { name: scopeName, version, schemaUrl },
      status: { code, message },
      flags: otlpFlags(bits & 255, isRemote),
      isLocalRoot: parentSpanId === '' || isRemote,
      ...{ droppedAttributes, droppedEvents, droppedLinks },
      attributes: this.#attributes(attributes),
      events: this.#list(events, () => ({
        ...{ name: this.#text(), time: timeOf(this.#number(), this.#number()) },
        ...this.#attributed(),
      })),
      links: this.#list(links, () => this.#link()),
    };
    // Numbers take room, too: a list may have a thousand.
    return { ...span, size: before - this.#left + 8 * (this.#at - began) };
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
    return { droppedAttributes, attributes: this.#attributes(this.#count(MAX_OF_A_KIND)) };
  }

  #attributes(count: number): (readonly [string, AnyValue])[] {
    return this.#list(count, () => {
      const head = this.#count(Number.MAX_SAFE_INTEGER);
      return [this.#textAt(Math.floor(head / 8)), this.#value(head % 8)] as const;
    });
  }

  /** Reads a value. Arrays hold no arrays. */
  #value(kind: number, isItem = false): AnyValue {
    if (kind === KIND_NULL) return undefined;
    if (kind === KIND_TRUE || kind === KIND_FALSE) return kind === KIND_TRUE;
    if (kind === KIND_NUMBER) return this.#number();
    if (kind === KIND_TEXT) return this.#text();
    if (kind !== KIND_ARRAY || isItem) throw new RangeError(`no value is of kind ${kind}`);
    return this.#list(this.#count(MAX_ITEMS), () => this.#value(this.#number(), true));
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
    return this.#textAt(this.#count(Number.MAX_SAFE_INTEGER));
  }

  #textAt(number: number): string {
    const text = this.#texts.get(number) ?? this.#decoded(number);
    this.#left -= text.length;
    if (this.#left < 0) throw new RangeError(`a batch of more than ${MAX_LENGTH} characters`);
    return text;
  }

  #decoded(number: number): string {
    const length = number % TEXT_LENGTHS;
    const start = (number - length) / TEXT_LENGTHS;
    if (length > MAX_TEXT || start + length > this.#characters.length) throw notWhole();
    const characters = this.#characters.subarray(start, start + length);
    // A function may have so many arguments in every engine.
    const text = wellFormed(String.fromCharCode.apply(null, characters as unknown as number[]));
    this.#texts.set(number, text);
    return text;
  }

  #id(parts: number): string {
    let digits = '';
    let isNone = true;
    for (let i = 0; i < parts; i++) {
      const bits = this.#count();
      if (bits !== 0) isNone = false;
      digits += bits.toString(16).padStart(8, '0');
    }
    if (isNone) throw new RangeError('an ID without a digit');
    return digits;
  }
}

function timeOf(time: number, nanoseconds: number): SpanTime {
  const isExact = nanoseconds !== NO_NANOSECONDS;
  if (!(time >= 0 && time < (isExact ? LATEST : LATEST * 1000)))
    throw new RangeError(`${time} is no time`);
  if (!isExact) {
    const seconds = Math.floor(time / 1000);
    const rest = Math.round((time % 1000) * 1e6);
    return rest === 1e9 ? [seconds + 1, 0] : [seconds, rest];
  }
  if (!(nanoseconds >= 0 && nanoseconds < 1e12)) throw new RangeError(`${nanoseconds} is no time`);
  return [Math.floor(time), Math.floor(nanoseconds)];
}

const otlpFlags = (flags: number, isRemote: boolean): number =>
  flags + HAS_IS_REMOTE + (isRemote ? IS_REMOTE : 0);

const notWhole = () => new RangeError('the batch has no such part');
