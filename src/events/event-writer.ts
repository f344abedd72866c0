import { textOf } from '../model.ts';
import { jsonText } from '../platform/realm.ts';
import type { EventBatch } from '../protocol/event-batch.ts';
import {
  KIND_ARRAY,
  KIND_FALSE,
  KIND_NULL,
  KIND_NUMBER,
  KIND_OBJECT,
  KIND_REDUCED,
  KIND_TEXT,
  KIND_TRUE,
  MAX_DEPTH,
  MAX_VALUE_BYTES,
  REDUCED_LARGE,
  REDUCED_ODD,
  REDUCED_UNREADABLE,
} from './event-batch.ts';
import { hasPlainPrototype, reducedValue, timeOf } from './reduced-value.ts';

/**
 * A value whose count is below this surely fits: one byte as `#write` counts stands for at most 16 bytes of
 * JSON.
 */
const SURELY_FITS = MAX_VALUE_BYTES / 16;
const MAX_NAME_LENGTH = 1024;
/** Most events need fewer slots than this. */
const ROOM = 256;
const SLOTS = 512;
const PLAIN = {};

/** Writes events into a batch as they are at that moment. The application may change them afterwards. */
export class EventWriter {
  /** How many events are in the batch. */
  count = 0;
  /** How many bytes it takes, roughly. */
  size = 0;
  #slots = new Float64Array(0);
  #end = 0;
  /** Where the next event begins: after the last one that is whole. */
  #start = 0;
  #texts: string[] = [];
  /** The numbers of texts that were used lately, and of some of the last batch. */
  readonly #recent = new Int32Array(SLOTS);
  /**
   * Whether a page has put fields into `Object.prototype`. To ask of each field whether it is an own one
   * costs a fifth more time.
   */
  #inherits = false;
  /** The objects around the value that is being written, if it is written in a reduced form. */
  #around: unknown[] | undefined;

  /**
   * Adds an event. Does not throw unless the engine does; then the batch is as it was.
   * @param labels `undefined` for none, as for `metadata`
   */
  add(name: string, timestamp: number, value: unknown, labels: unknown, metadata: unknown): void {
    this.#inherits = false;
    for (const _ in PLAIN) this.#inherits = true;
    this.#end = this.#start;
    do {
      if (this.#end + ROOM > this.#slots.length) this.#grow();
      this.#end = this.#start;
      const text = this.#number(name.slice(0, MAX_NAME_LENGTH));
      this.#put(0, text * 2 + (labels ? 1 : 0), timestamp);
      this.#value(value);
      if (labels) {
        this.#value(labels);
        this.#value(metadata);
      }
      // What a large event has written behind the end of the array is lost, so it is written again, with
      // more room.
    } while (this.#end > this.#slots.length);
    this.count++;
    this.size += (this.#end - this.#start) * 8;
    this.#start = this.#end;
  }

  /** Returns the batch, and begins the next one. */
  take(): EventBatch {
    const slots = this.#slots.slice(0, this.#start);
    const batch = { count: this.count, slots, texts: this.#texts, size: this.size };
    this.count = 0;
    this.#start = 0;
    this.#texts = [];
    this.size = 0;
    return batch;
  }

  /** Writes a value whole, or what can be kept of it. */
  #value(value: unknown, why?: number): void {
    const { size } = this;
    const { length } = this.#texts;
    const start = this.#end;
    let kept = value;
    let reduced = REDUCED_LARGE;
    const isWhole = why === undefined;
    this.#around = isWhole ? undefined : [];
    try {
      if (!isWhole) this.#put(0, KIND_REDUCED, why);
      const left = this.#write(0, value, isWhole ? MAX_VALUE_BYTES : SURELY_FITS, 0);
      // A reduced form is never too large, since so little of it is kept.
      if (!isWhole || (left >= 0 && !isLarge(value, left))) return;
      if (Number.isNaN(left)) reduced = REDUCED_ODD;
    } catch (error) {
      // A getter or a proxy has thrown.
      kept = textOf(error);
      reduced = REDUCED_UNREADABLE;
    }
    this.#end = start;
    this.#texts.length = length;
    this.size = size;
    this.#value(kept, reduced);
  }

  /**
   * Writes a value.
   * @param left bytes that the value may take, if each of its parts takes the fewest that it can
   * @returns how many of them are left: negative if the value is too large, NaN if JSON would not keep all
   * of it
   */
  #write(name: number, given: unknown, left: number, depth: number): number {
    const around = this.#around;
    const value = around ? reducedValue(given, left, around.slice(0, depth)) : given;
    if (typeof value === 'string') {
      this.#put(name, KIND_TEXT, this.#number(value));
      return left - value.length - 2;
    }
    if (typeof value === 'number') {
      this.#put(name, KIND_NUMBER, value);
      return Number.isFinite(value) ? left - 1 : Number.NaN;
    }
    if (value == null || typeof value === 'boolean') {
      this.#slots[this.#end++] =
        name * 8 + (value == null ? KIND_NULL : value ? KIND_TRUE : KIND_FALSE);
      return left - 2;
    }
    if (typeof value !== 'object' || depth > MAX_DEPTH) return Number.NaN;
    if (around) around[depth] = given;
    if (Array.isArray(value)) return this.#writeItems(name, value, left, depth);
    if (hasPlainPrototype(value)) return this.#writeFields(name, value, left, depth);
    return this.#writeDate(name, value, left, depth);
  }

  /** Writes a date without `toJSON`, which scripts replace. Returns NaN if the value is no date. */
  #writeDate(name: number, value: object, left: number, depth: number): number {
    const time = timeOf(value);
    if (time === undefined) return Number.NaN;
    const text = Number.isNaN(time) ? time : new Date(time).toISOString();
    return this.#write(name, text, left, depth + 1);
  }

  #writeItems(name: number, items: readonly unknown[], left: number, depth: number): number {
    this.#put(name, KIND_ARRAY, 0);
    const head = this.#end - 1;
    let rest = left;
    let count = 0;
    while (count < items.length && rest >= 0) {
      rest = this.#write(0, items[count++], rest - 1, depth + 1);
    }
    this.#slots[head] = count;
    return rest;
  }

  #writeFields(name: number, value: object, left: number, depth: number): number {
    this.#put(name, KIND_OBJECT, 0);
    const head = this.#end - 1;
    let rest = left;
    let count = 0;
    for (const key in value) {
      // A key also counts if its field is not kept, since looking at it takes time.
      rest -= key.length + 3;
      if (!(rest >= 0)) break;
      if (this.#inherits && !Object.hasOwn(value, key)) continue;
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      rest = this.#write(this.#number(key), item, rest, depth + 1);
      count++;
    }
    this.#slots[head] = count;
    return rest;
  }

  #put(name: number, kind: number, what: number): void {
    this.#slots[this.#end++] = name * 8 + kind;
    this.#slots[this.#end++] = what;
  }

  /**
   * Returns the number of a text. A text is in the batch only once if it is repeated often enough. A `Map`
   * would do no better for texts that repeat, and takes twice the time for new ones.
   */
  #number(text: string): number {
    const texts = this.#texts;
    const recent = this.#recent;
    const { length } = text;
    // Its length, first and last character choose two slots for it.
    const ends = text.charCodeAt(0) * 17 + text.charCodeAt(length - 1);
    const slot = ((length * 31 + ends) * 2) & (SLOTS - 2);
    const newer = recent[slot]!;
    if (texts[newer]! === text) return newer;
    const older = recent[slot + 1]!;
    if (texts[older]! === text) return older;
    const number = texts.push(text) - 1;
    recent[slot] = number;
    recent[slot + 1] = newer;
    this.size += length;
    return number;
  }

  /** Makes room for all that has been written. Only whole events are kept. */
  #grow(): void {
    const grown = new Float64Array((this.#end + ROOM) * 2);
    grown.set(this.#slots.subarray(0, this.#start));
    this.#slots = grown;
  }
}

/**
 * Whether a value is too large after all: escapes, characters of several bytes and long numbers take more
 * than was counted.
 */
function isLarge(value: unknown, left: number): boolean {
  if (left >= MAX_VALUE_BYTES - SURELY_FITS) return false;
  return new TextEncoder().encode(jsonText(value)).length > MAX_VALUE_BYTES;
}
