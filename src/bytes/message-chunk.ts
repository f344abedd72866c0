import { type Chunk, copyOf, type MakeChunk, replacementOf } from './chunk.ts';
import { MessageWriter } from './message-writer.ts';
import type { Rows } from './remembered-lines.ts';

/** Messages are written here first, and copied once it is known how long they are. */
const draft = new MessageWriter(65_536);

/** Nested messages of one field. Each has a part that stays the same, and one with numbers. */
export interface Messages extends Rows {
  readonly field: number;
  /** How many of the numbers a message has. */
  readonly width: number;
  /**
   * Whether each message ends in the first of its numbers, as a double. If only that has changed, nothing else
   * is written.
   */
  readonly endsInFirst?: boolean | undefined;
  /** Writes what stays the same as long as the items are the same. */
  labels(message: number, to: MessageWriter): void;
  /** Writes the rest. Its numbers begin at `at`. */
  content(message: number, numbers: Float64Array, at: number, to: MessageWriter): void;
  /** Returns what the rest shows besides the numbers. They are the same objects as long as they say the same. */
  notes?: ((message: number) => readonly unknown[]) | undefined;
}

/**
 * Messages as bytes. From one rendering to the next few of them change, and of those not the labels. The rest
 * is copied, and if nothing has changed not even that.
 */
class MessageChunk implements Chunk<Messages> {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #first: number;
  readonly #values: Float64Array;
  readonly #ends: Uint32Array;
  /** How many bytes of each message its labels take. They are followed by its content. */
  readonly #labels: Uint32Array;
  /** How many bytes the content takes, with which a message ends. */
  readonly #contents: Uint32Array;
  #notes: (readonly unknown[])[] | undefined;

  constructor(values: Float64Array, messages: Messages, first: number) {
    const count = values.length / messages.width;
    this.#first = first;
    this.#values = values.slice();
    this.#ends = new Uint32Array(count);
    this.#labels = new Uint32Array(count);
    this.#contents = new Uint32Array(count);
    draft.clear();
    for (let i = 0; i < count; i++) {
      const start = draft.open(messages.field);
      messages.labels(first + i, draft);
      this.#labels[i] = draft.length - start;
      this.#write(i, start, values, messages);
    }
    this.#bytes = copyOf(draft.bytes);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** @param messages is passed each time: if it were kept, it would keep the snapshot that it was made for */
  update(values: Float64Array, messages: Messages, inPlace: boolean): void {
    if (inPlace ? this.#overwrite(values, messages) : this.#has(values, messages)) return;
    this.#rewrite(values, messages);
    this.#bytes = replacementOf(this.#bytes, draft.bytes, inPlace);
  }

  #has(values: Float64Array, messages: Messages): boolean {
    return this.#nextChanged(0, values, messages) === this.#ends.length;
  }

  /** Returns the number of the first message from `i` on that is not what it was; how many there are if none is. */
  #nextChanged(i: number, values: Float64Array, { width, notes }: Messages): number {
    const known = this.#values;
    const count = this.#ends.length;
    const hasNotes = notes !== undefined || this.#notes !== undefined;
    for (let next = i; next < count; next++) {
      const end = (next + 1) * width;
      for (let at = next * width; at < end; at++) if (values[at] !== known[at]) return next;
      if (hasNotes && !this.#hasNotes(next, notes?.(this.#first + next) ?? [])) return next;
    }
    return count;
  }

  /** Whether all numbers of a message but the first are what they were. */
  #hasOthers(i: number, values: Float64Array, width: number): boolean {
    const end = (i + 1) * width;
    for (let at = i * width + 1; at < end; at++) {
      if (values[at] !== this.#values[at]) return false;
    }
    return true;
  }

  #hasNotes(i: number, notes: readonly unknown[]): boolean {
    const known = this.#notes?.[i] ?? [];
    return known.length === notes.length && notes.every((note, at) => note === known[at]);
  }

  /**
   * Writes the changed messages in place, up to the first one whose length differs. Returns whether there was
   * none.
   */
  #overwrite(values: Float64Array, messages: Messages): boolean {
    const { width, endsInFirst } = messages;
    const count = this.#ends.length;
    const view = new DataView(this.#bytes.buffer);
    let i = this.#nextChanged(0, values, messages);
    for (; i < count; i = this.#nextChanged(i + 1, values, messages)) {
      if (endsInFirst && !this.#notes && this.#hasOthers(i, values, width)) {
        const value = values[i * width]!;
        view.setFloat64(this.#ends[i]! - Float64Array.BYTES_PER_ELEMENT, value, true);
        this.#values[i * width] = value;
        continue;
      }
      draft.clear();
      messages.content(this.#first + i, values, i * width, draft);
      if (draft.length !== this.#contents[i]) return false;
      draft.copyTo(this.#bytes, this.#ends[i]! - draft.length);
      this.#know(i, values, messages);
    }
    return true;
  }

  #rewrite(values: Float64Array, messages: Messages): void {
    const before = this.#bytes;
    const ends = this.#ends;
    let copied = 0;
    let moved = 0;
    let start = 0;
    draft.clear();
    let changed = this.#nextChanged(0, values, messages);
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      if (i === changed) {
        draft.copy(before, copied, start);
        const content = end - this.#contents[i]!;
        const opened = draft.open(messages.field);
        draft.copy(before, content - this.#labels[i]!, content);
        this.#write(i, opened, values, messages);
        copied = end;
        moved = draft.length - end;
        changed = this.#nextChanged(i + 1, values, messages);
      } else {
        ends[i] = end + moved;
      }
      start = end;
    }
    draft.copy(before, copied, before.length);
  }

  /** Writes the content of a message whose labels are written, and ends the message. */
  #write(i: number, opened: number, values: Float64Array, messages: Messages): void {
    const start = draft.length;
    messages.content(this.#first + i, values, i * messages.width, draft);
    this.#contents[i] = draft.length - start;
    draft.close(opened);
    this.#ends[i] = draft.length;
    this.#know(i, values, messages);
  }

  #know(i: number, values: Float64Array, { width, notes }: Messages): void {
    for (let at = i * width; at < (i + 1) * width; at++) this.#values[at] = values[at]!;
    if (!notes && !this.#notes) return;
    this.#notes ??= [];
    this.#notes[i] = notes?.(this.#first + i) ?? [];
  }
}

/** Makes the chunk of some messages. */
export const messageChunk: MakeChunk<Messages> = (values, messages, first) =>
  new MessageChunk(values, messages, first);
