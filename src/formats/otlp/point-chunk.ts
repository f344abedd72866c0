import { type Chunk, copyOf, type MakeChunk, replacementOf } from '../../bytes/chunk.ts';
import { MessageWriter } from '../../bytes/message-writer.ts';
import type { Rows } from '../../bytes/remembered-lines.ts';
import { integer } from './fixed64.ts';
import type { AttributeBytes } from './points.ts';

/** Points are written here first, and copied once it is known how long they are. */
const draft = new MessageWriter(65_536);

/**
 * What is written into points that are already there. Each ends in its time, the tag of its value, and its value, and
 * all that comes before stays the same as long as the series count since the same times.
 */
export interface Patch {
  /** The time of the points, as the 8 bytes of its field. */
  readonly time: BigUint64Array;
  /** The same in seconds. */
  readonly seconds: number;
  /** Since when the series count, one for each item, in seconds. */
  readonly created: ArrayLike<number>;
  /** Whether the values are written as whole numbers. */
  readonly isInteger?: boolean | undefined;
}

/** The points of a family. */
export interface Points extends Rows {
  /** How many numbers a point has. */
  readonly width: number;
  /** Present if nothing but times and values can differ from one request to the next. */
  readonly patch?: Patch | undefined;
  /** Writes what stays the same as long as the items are the same. */
  attributes(row: number, to: MessageWriter): void;
  /** Writes a point whose numbers begin at `at`; nothing if it is left out. */
  point(
    row: number,
    numbers: Float64Array,
    at: number,
    attributes: AttributeBytes,
    to: MessageWriter,
  ): void;
}

/** How many bytes before the end of a point its time and its value begin. */
const VALUE_AT = 8;
const TIME_AT = VALUE_AT + 1 + 8;

/** Returns since when a series counts; NaN if that is later than its point, which then says something else. */
function createdOf({ created, seconds }: Patch, row: number): number {
  const at = created[row] ?? 0;
  return at > seconds ? Number.NaN : at;
}

/**
 * Points as bytes. Each says when it was read, so all of them change from one request to the next, but their
 * attributes do not: these are remembered.
 */
class PointChunk implements Chunk<Points> {
  #bytes: Uint8Array<ArrayBuffer>;
  readonly #first: number;
  readonly #attributes: Uint8Array;
  /** Where the attributes of each point end. */
  readonly #ends: Uint32Array;
  /** Where each point ends, if it can be patched, and since when its series counted when it was written. */
  #points: Uint32Array | undefined;
  #created: Float64Array | undefined;

  constructor(numbers: Float64Array, points: Points, first: number) {
    this.#first = first;
    this.#ends = new Uint32Array(numbers.length / points.width);
    draft.clear();
    for (let i = 0; i < this.#ends.length; i++) {
      points.attributes(first + i, draft);
      this.#ends[i] = draft.length;
    }
    this.#attributes = draft.bytes.slice();
    this.#write(numbers, points);
    this.#bytes = copyOf(draft.bytes);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  update(numbers: Float64Array, points: Points, inPlace: boolean): void {
    if (inPlace && this.#patch(numbers, points)) return;
    this.#write(numbers, points);
    this.#bytes = replacementOf(this.#bytes, draft.bytes, inPlace);
  }

  #write(numbers: Float64Array, points: Points): void {
    const ends = this.#ends;
    const attributes = { bytes: this.#attributes, start: 0, end: 0 };
    const { patch } = points;
    this.#points = patch && new Uint32Array(ends.length);
    this.#created = patch && Float64Array.from(ends, (_, i) => createdOf(patch, this.#first + i));
    draft.clear();
    for (let i = 0; i < ends.length; i++) {
      attributes.start = attributes.end;
      attributes.end = ends[i]!;
      points.point(this.#first + i, numbers, i * points.width, attributes, draft);
      if (this.#points) this.#points[i] = draft.length;
    }
  }

  /** Writes times and values into the points, and returns whether nothing else has changed. */
  #patch(numbers: Float64Array, { patch }: Points): boolean {
    const ends = this.#points;
    const created = this.#created;
    if (!patch || !ends || !created) return false;
    for (let i = 0; i < created.length; i++) {
      if (createdOf(patch, this.#first + i) !== created[i]) return false;
    }
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    const time = new DataView(patch.time.buffer);
    const [low, high] = [time.getUint32(0, true), time.getUint32(4, true)];
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i]!;
      view.setUint32(end - TIME_AT, low, true);
      view.setUint32(end - TIME_AT + 4, high, true);
      if (patch.isInteger) view.setBigInt64(end - VALUE_AT, integer(numbers[i]!), true);
      else view.setFloat64(end - VALUE_AT, numbers[i]!, true);
    }
    return true;
  }
}

export const pointChunk: MakeChunk<Points> = (numbers, points, first) =>
  new PointChunk(numbers, points, first);
