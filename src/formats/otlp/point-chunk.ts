import { type Chunk, copyOf, type MakeChunk, replacementOf } from '../../bytes/chunk.ts';
import { MessageWriter } from '../../bytes/message-writer.ts';
import type { Rows } from '../../bytes/remembered-lines.ts';
import type { AttributeBytes } from './points.ts';

/** Points are written here first, and copied once it is known how long they are. */
const draft = new MessageWriter(65_536);

/** The points of a family. */
export interface Points extends Rows {
  /** How many numbers a point has. */
  readonly width: number;
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
    this.#write(numbers, points);
    this.#bytes = replacementOf(this.#bytes, draft.bytes, inPlace);
  }

  #write(numbers: Float64Array, points: Points): void {
    const ends = this.#ends;
    const attributes = { bytes: this.#attributes, start: 0, end: 0 };
    draft.clear();
    for (let i = 0; i < ends.length; i++) {
      attributes.start = attributes.end;
      attributes.end = ends[i]!;
      points.point(this.#first + i, numbers, i * points.width, attributes, draft);
    }
  }
}

export const pointChunk: MakeChunk<Points> = (numbers, points, first) =>
  new PointChunk(numbers, points, first);
