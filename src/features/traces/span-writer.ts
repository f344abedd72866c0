import {
  KIND_ARRAY,
  KIND_FALSE,
  KIND_NULL,
  KIND_NUMBER,
  KIND_TEXT,
  KIND_TRUE,
} from '../../events/event-batch.ts';
import { MAX_TEXT, type SpanBatch, TEXT_LENGTHS } from './span-batch.ts';

/** Most spans need fewer slots than this. */
const ROOM = 256;
/** Rows of so many items stay for the next batch. Larger ones are rare, and would take their memory for ever. */
const MOST_ROOM = 1_048_576;
/** What a batch takes in which there is nothing. Bytes. */
const EMPTY_SIZE = 1024;
/** So many different keys and names are written once. Those of a hostile program are written each time. */
const MOST_KNOWN = 4096;
/** So many texts of a span are compared with those of the one before it. */
const MOST_RECENT = 32;
export type Scalar = string | number | boolean | null | undefined;
export type SoundValue = Scalar | readonly Scalar[];

/** A text that many spans have, such as a key, and the text that came as its value last. */
interface KnownText {
  readonly text: string;
  readonly number: number;
  value: string;
  valueNumber: number;
}

/** Writes spans into a batch. What it writes must be sound. */
export class SpanWriter {
  /** How many spans are in the batch. */
  count = 0;
  /** How many characters the spans have. Those of a text count as often as it is named. */
  length = 0;
  #slots = new Float64Array(ROOM);
  #end = 0;
  /** Where the last span ends that is whole. */
  #whole = 0;
  #characters = new Uint16Array(ROOM);
  #written = 0;
  #known = new Map<string, KnownText>();
  /** The texts of the span before, in its order. Most spans have the same ones, which need not be looked up then. */
  #recent: KnownText[] = [];
  #place = 0;

  /** Writes a number. */
  put(value: number): void {
    const at = this.#take(1);
    this.#slots[at] = value;
  }

  /**
   * Writes what every span has, up to its attributes.
   * @param ids those of its trace and of itself
   * @param parent the same of the span that it is in
   * @param attributes how many it has
   */
  begin(
    bits: number,
    name: string,
    scope: { readonly name: string; readonly version: string },
    ids: ArrayLike<number>,
    parent: ArrayLike<number> | undefined,
    start: number,
    ended: number,
    attributes: number,
  ): void {
    const nameNumber = this.#textNumber(name);
    const scopeNumber = this.#textNumber(scope.name);
    const versionNumber = this.#textNumber(scope.version);
    let at = this.#take(parent ? 15 : 13);
    const slots = this.#slots;
    slots[at++] = bits;
    slots[at++] = nameNumber;
    slots[at++] = scopeNumber;
    slots[at++] = versionNumber;
    for (let i = 0; i < 6; i++) slots[at++] = ids[i]!;
    if (parent) {
      slots[at++] = parent[4]!;
      slots[at++] = parent[5]!;
    }
    slots[at++] = start;
    slots[at++] = ended;
    slots[at] = attributes;
  }

  /** Writes a text that many spans have, such as a name. */
  text(text: string): void {
    this.put(this.#textNumber(text));
  }

  /** Writes an attribute. */
  attribute(key: string, value: SoundValue): void {
    const known = this.#knownText(key);
    this.length += key.length;
    if (typeof value !== 'string') {
      this.#value(known.number, value);
      return;
    }
    if (known.value !== value) {
      // This may throw for want of memory. Then the value before still has its number.
      known.valueNumber = this.#write(value);
      known.value = value;
    }
    this.length += value.length;
    this.#pair(known.number * 8 + KIND_TEXT, known.valueNumber);
  }

  /** Ends a span. */
  ended(): void {
    this.count++;
    this.#whole = this.#end;
    this.#place = 0;
  }

  /** Takes back what was written of a span that could not be written whole. Its characters stay. */
  undo(): void {
    this.#end = this.#whole;
    this.#place = 0;
  }

  /** Returns the spans, and begins the next batch. */
  take(): Pick<SpanBatch, 'count' | 'slots' | 'characters' | 'size'> {
    const { count, size } = this;
    const slots = this.#slots.slice(0, this.#end);
    const characters = this.#characters.slice(0, this.#written);
    this.count = 0;
    this.length = 0;
    if (this.#slots.length > MOST_ROOM) this.#slots = new Float64Array(ROOM);
    if (this.#characters.length > MOST_ROOM) this.#characters = new Uint16Array(ROOM);
    this.#end = 0;
    this.#whole = 0;
    this.#written = 0;
    this.#known = new Map();
    this.#recent = [];
    return { count, slots, characters, size };
  }

  /** How many bytes the batch takes by now. */
  get size(): number {
    return EMPTY_SIZE + this.#end * 8 + this.#written * 2;
  }

  /** Makes room for so many numbers. @returns where they begin */
  #take(count: number): number {
    const at = this.#end;
    this.#end = at + count;
    if (this.#end > this.#slots.length) this.#grow();
    return at;
  }

  #grow(): void {
    this.#slots = grown(this.#slots, this.#end);
  }

  #pair(first: number, second: number): void {
    const at = this.#take(2);
    const slots = this.#slots;
    slots[at] = first;
    slots[at + 1] = second;
  }

  #textNumber(text: string): number {
    this.length += text.length;
    return this.#knownText(text).number;
  }

  #value(key: number, value: SoundValue): void {
    const head = key * 8;
    if (typeof value === 'number') {
      this.#pair(head + KIND_NUMBER, value);
    } else if (typeof value === 'string') {
      this.length += value.length;
      this.#pair(head + KIND_TEXT, this.#write(value));
    } else if (value == null || typeof value === 'boolean') {
      this.put(head + (value == null ? KIND_NULL : value ? KIND_TRUE : KIND_FALSE));
    } else {
      this.#pair(head + KIND_ARRAY, value.length);
      for (const item of value) this.#value(0, item);
    }
  }

  #knownText(text: string): KnownText {
    const known = this.#recent[this.#place];
    if (known === undefined || known.text !== text) return this.#found(text);
    this.#place++;
    return known;
  }

  #found(text: string): KnownText {
    let known = this.#known.get(text);
    if (!known) {
      known = { text, number: this.#write(text), value: '', valueNumber: 0 };
      if (this.#known.size < MOST_KNOWN) this.#known.set(text, known);
    }
    if (this.#place < MOST_RECENT) this.#recent[this.#place++] = known;
    return known;
  }

  /** Writes the characters of a text. @returns its number */
  #write(text: string): number {
    const length = Math.min(text.length, MAX_TEXT);
    const start = this.#written;
    const end = start + length;
    if (end > this.#characters.length) this.#characters = grown(this.#characters, end);
    const characters = this.#characters;
    for (let i = 0; i < length; i++) characters[start + i] = text.charCodeAt(i);
    this.#written = end;
    return start * TEXT_LENGTHS + length;
  }
}

/** Returns a row that has at least twice the room. */
function grown<Row extends Float64Array | Uint16Array>(row: Row, least: number): Row {
  const Rows = row.constructor as new (length: number) => Row;
  const larger = new Rows(2 * Math.max(row.length, least));
  larger.set(row);
  return larger;
}
