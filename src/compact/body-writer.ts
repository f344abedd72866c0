import { MessageWriter } from '../bytes/message-writer.ts';
import type { Exemplar, Labels, NativeBuckets, NativeHistogram } from '../model.ts';
import {
  type CompactKind,
  HAS_EXEMPLARS,
  HAS_STARTS,
  HEAD,
  KINDS,
  type Microseconds,
  MOST_CELLS,
  MOST_POINTS,
} from './form.ts';
import { writeCounts, writeNumber } from './numbers.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What a body says of its sender and its times. */
export interface BodyHead {
  readonly id: string;
  readonly resource: Labels;
  readonly time: Microseconds;
  /** When the deltas begin; 0 if there is no snapshot before. */
  readonly since: Microseconds;
}

/** What a family says once for all of its points. */
export interface CompactHead {
  readonly kind: CompactKind;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly labelNames: readonly string[];
  readonly labels: Labels;
  /** Upper bounds, quantiles, or the threshold of the zero bucket. */
  readonly numbers?: readonly number[] | undefined;
  readonly states?: readonly string[] | undefined;
  /** Whether its points say since when they count, and whether they have exemplars. */
  readonly hasStarts: boolean;
  readonly hasExemplars: boolean;
}

/** Writes one body. All texts must be well-formed. */
export class BodyWriter {
  readonly #texts = new Map<string, number>();
  readonly #textBytes = new MessageWriter(1024);
  readonly #families = new MessageWriter(1024);
  readonly #points = new MessageWriter(1024);
  readonly #lists = new Map<string, number>();
  #familyCount = 0;
  /** How many points the family has that is being written, and the body. */
  #ofFamily = 0;
  #all = 0;
  #cells = 0;

  /** How many bytes it has, about. */
  get size(): number {
    return this.#textBytes.length + this.#families.length + this.#points.length;
  }

  get points(): number {
    return this.#all;
  }

  /** Whether there is no room for another point. @param bytes how large a body should be */
  isFull(bytes: number): boolean {
    return this.size >= bytes || this.#all >= MOST_POINTS || this.#cells >= MOST_CELLS / 2;
  }

  /** Begins a point. @param labelValues in the order of the family; `undefined` for its overflow series */
  point(labelNames: readonly string[], labelValues: readonly string[] | undefined): void {
    this.#ofFamily++;
    this.#all++;
    for (let i = 0; i < labelNames.length; i++) {
      if (!labelValues) {
        this.#points.varint(0);
        return;
      }
      const ref = this.#ref(labelValues[i]!);
      this.#points.varint(i === 0 ? ref + 1 : ref);
    }
  }

  /** Says since when the point counts, in milliseconds before the time of the body. 0: since its deltas begin. */
  start(milliseconds: number): void {
    this.#points.varint(milliseconds);
  }

  number(value: number): void {
    writeNumber(value, this.#points);
  }

  counts(counts: ArrayLike<number>, from: number, end: number): void {
    this.#cells += end - from;
    writeCounts(counts, from, end, this.#points);
  }

  native({ schema, zeroCount, positive, negative }: NativeHistogram): void {
    this.#points.zigzag(schema);
    this.#points.varint(zeroCount);
    this.#buckets(positive);
    this.#buckets(negative);
  }

  #buckets({ offset, counts }: NativeBuckets): void {
    let first = 0;
    let end = counts.length;
    while (end > 0 && counts[end - 1] === 0) end--;
    while (first < end && counts[first] === 0) first++;
    this.#points.varint(end - first);
    if (first === end) return;
    this.#points.zigzag(offset + first);
    this.counts(counts, first, end);
  }

  exemplars(exemplars: readonly Exemplar[], time: Microseconds): void {
    const to = this.#points;
    to.varint(exemplars.length);
    for (const { value, timestamp, labels } of exemplars) {
      writeNumber(value, to);
      to.varint(Math.max(0, time - Math.round(timestamp * 1e6)));
      this.#pairs(labels, to);
    }
  }

  /** Ends a family. One without points leaves no trace. */
  family(head: CompactHead): void {
    const points = this.#points;
    if (this.#ofFamily > 0) {
      this.#familyCount++;
      this.#head(head);
      this.#families.varint(this.#ofFamily);
      this.#families.copy(points.bytes, 0, points.length);
    }
    this.#ofFamily = 0;
    points.clear();
  }

  #head(head: CompactHead): void {
    const { kind, name, description, unit, labelNames, labels, hasStarts, hasExemplars } = head;
    const to = this.#families;
    const flags = (hasStarts ? HAS_STARTS : 0) + (hasExemplars ? HAS_EXEMPLARS : 0);
    to.varint(KINDS[kind] + flags);
    for (const text of [name, description, unit]) to.varint(this.#ref(text));
    to.varint(labelNames.length);
    for (const one of labelNames) to.varint(this.#ref(one));
    this.#pairs(labels, to);
    if (head.numbers) this.#list(head.numbers, to);
    if (!head.states) return;
    to.varint(head.states.length);
    for (const state of head.states) to.varint(this.#ref(state));
  }

  /** Writes a list of numbers, or which of those before it is the same. */
  #list(numbers: readonly number[], to: MessageWriter): void {
    const key = numbers.join();
    const known = this.#lists.get(key);
    to.varint(known ?? 0);
    if (known !== undefined) return;
    this.#lists.set(key, this.#lists.size + 1);
    to.varint(numbers.length);
    for (const one of numbers) writeNumber(one, to);
  }

  #pairs(labels: Labels, to: MessageWriter): void {
    const pairs = Object.entries(labels);
    to.varint(pairs.length);
    for (const [name, value] of pairs) {
      to.varint(this.#ref(name));
      to.varint(this.#ref(value));
    }
  }

  #ref(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const ref = this.#texts.size;
    this.#texts.set(text, ref);
    const to = this.#textBytes;
    // Most lengths take one byte.
    to.byte(0);
    const start = to.length;
    to.text(text);
    to.close(start);
    return ref;
  }

  /** @param events each `[name,timestamp,value,labels,metadata]` as JSON */
  finish({ id, resource, time, since }: BodyHead, events: readonly string[] = []): Bytes {
    const tail = new MessageWriter(256);
    tail.varint(this.#ref(id));
    this.#pairs(resource, tail);
    tail.varint(time);
    tail.varint(since > 0 ? Math.max(1, time - since) : 0);
    tail.varint(this.#familyCount);
    tail.copy(this.#families.bytes, 0, this.#families.length);
    tail.varint(events.length);
    for (const event of events) {
      tail.byte(0);
      const start = tail.length;
      tail.text(event);
      tail.close(start);
    }
    const whole = new MessageWriter(16 + this.#textBytes.length + tail.length);
    for (const byte of HEAD) whole.byte(byte);
    whole.varint(this.#texts.size);
    whole.copy(this.#textBytes.bytes, 0, this.#textBytes.length);
    whole.copy(tail.bytes, 0, tail.length);
    return whole.bytes.slice();
  }
}
