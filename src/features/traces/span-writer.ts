import {
  KIND_ARRAY,
  KIND_FALSE,
  KIND_NULL,
  KIND_NUMBER,
  KIND_TEXT,
  KIND_TRUE,
} from '../../events/event-batch.ts';
import type { EventBatch } from '../../protocol/event-batch.ts';

/** Most spans need fewer slots than this. */
const ROOM = 256;
/** So many different keys and names get one number. Those of a hostile program go on without. */
const MOST_KEYS = 4096;

export type Scalar = string | number | boolean | null | undefined;
export type SoundValue = Scalar | readonly Scalar[];

/** Writes spans into a batch. What it writes must be sound. */
export class SpanWriter {
  /** How many spans are in the batch. */
  count = 0;
  /** How many bytes it takes, roughly. */
  size = 0;
  #slots = new Float64Array(2 * ROOM);
  #end = 0;
  /** Where the last span ends that is whole. */
  #whole = 0;
  #texts: string[] = [];
  /** The numbers of names and keys, which repeat. */
  #keys = new Map<string, number>();
  /** By the number of a key: the number of the text that it had last. */
  #latest: number[] = [];

  /** Writes a number. */
  put(value: number): void {
    if (this.#end >= this.#slots.length) this.#grow();
    this.#slots[this.#end++] = value;
  }

  /** Writes a text that many spans have, such as a name. */
  key(text: string): number {
    const number = this.#numberOf(text);
    this.put(number);
    return number;
  }

  /** Writes an attribute. */
  attribute(key: string, value: SoundValue): void {
    const number = this.key(key);
    if (typeof value !== 'string') {
      this.#value(value);
      return;
    }
    const latest = this.#latest[number];
    const text = latest && this.#texts[latest - 1] === value ? latest : this.#add(value);
    this.#latest[number] = text;
    this.put(KIND_TEXT);
    this.put(text);
  }

  /** Ends a span. */
  ended(): void {
    this.count++;
    this.#whole = this.#end;
  }

  /** Takes back what was written of a span that could not be written whole. */
  undo(): void {
    this.#end = this.#whole;
  }

  /** Returns the batch, and begins the next one. */
  take(): EventBatch {
    const { count } = this;
    const size = this.bytes;
    const batch = { count, slots: this.#slots.slice(0, this.#end), texts: this.#texts, size };
    this.count = 0;
    this.size = 0;
    this.#end = 0;
    this.#whole = 0;
    this.#texts = [];
    this.#keys = new Map();
    this.#latest = [];
    return batch;
  }

  /** How many bytes the batch takes by now, roughly. */
  get bytes(): number {
    return this.#end * 8 + this.size;
  }

  #value(value: SoundValue): void {
    if (typeof value === 'number') {
      this.put(KIND_NUMBER);
      this.put(value);
    } else if (typeof value === 'string') {
      this.put(KIND_TEXT);
      this.put(this.#add(value));
    } else if (value == null || typeof value === 'boolean') {
      this.put(value == null ? KIND_NULL : value ? KIND_TRUE : KIND_FALSE);
    } else {
      this.put(KIND_ARRAY);
      this.put(value.length);
      for (const item of value) this.#value(item);
    }
  }

  /** Returns the number of a text; 0 for one that is empty. */
  #numberOf(text: string): number {
    if (text === '') return 0;
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const number = this.#add(text);
    if (this.#keys.size < MOST_KEYS) this.#keys.set(text, number);
    return number;
  }

  #add(text: string): number {
    this.size += text.length * 2;
    return this.#texts.push(text);
  }

  #grow(): void {
    const grown = new Float64Array(this.#slots.length * 2);
    grown.set(this.#slots);
    this.#slots = grown;
  }
}
