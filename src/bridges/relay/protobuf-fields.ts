import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';

/** The wire types, by what such fields hold: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Return the tag of a field, by which it is told from one with that number and another type. */
export const varint = (field: number): number => field * 8 + VARINT;
export const fixed64 = (field: number): number => field * 8 + FIXED64;
export const bytes = (field: number): number => field * 8 + BYTES;

type ReadField = (tag: number) => unknown;

/**
 * Reads a message and those in it. Whatever lengths the bytes tell, no message reaches into the one behind it.
 * Each method throws an error if the bytes are not sound.
 */
export class ProtobufReader {
  readonly #reader: BinaryReader;
  /** Where the message ends whose fields are being read. */
  #end: number;

  constructor(message: Uint8Array) {
    this.#reader = new BinaryReader(message);
    this.#end = message.length;
  }

  /** Calls `read` with the tag of each field of the whole message. What it does not read is skipped. */
  fields(read: ReadField): void {
    const reader = this.#reader;
    const end = this.#end;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const wire = tag & 7;
      // Groups are older than all these messages, and may be nested without end.
      if (wire !== VARINT && wire !== FIXED64 && wire !== BYTES && wire !== FIXED32) {
        throw new RangeError('a message with groups');
      }
      const { pos } = reader;
      read(tag);
      // Each value takes a byte at least.
      if (reader.pos === pos) reader.skip(wire as WireType);
    }
    if (reader.pos !== end) throw new RangeError('a field that ends behind its message');
  }

  /** Does the same with a message that is the value of a field. */
  nested(read: ReadField): void {
    const outer = this.#end;
    this.#end = this.#openEnd();
    this.fields(read);
    this.#end = outer;
  }

  /** Calls `read` for each number of a packed list. */
  packed(read: () => unknown): void {
    const end = this.#openEnd();
    while (this.#reader.pos < end) read();
    if (this.#reader.pos !== end) throw new RangeError('a list that ends within a number');
  }

  /** Returns `undefined` for a text of more bytes than `most`. */
  text(most: number): string | undefined {
    const reader = this.#reader;
    const { pos } = reader;
    const length = reader.uint32();
    if (length > most) {
      reader.pos += length;
      return undefined;
    }
    reader.pos = pos;
    return reader.string();
  }

  uint32(): number {
    return this.#reader.uint32();
  }

  bool(): boolean {
    return this.#reader.bool();
  }

  double(): number {
    return this.#reader.double();
  }

  /** Returns a whole number as a text, since it may have 64 bits. */
  wholeText(): string {
    return String(this.#reader.int64());
  }

  /** Returns a number of 64 bits, rounded where it has more than 53. */
  fixed64(): number {
    const low = this.#reader.fixed32();
    return this.#reader.fixed32() * 2 ** 32 + low;
  }

  signedFixed64(): number {
    const low = this.#reader.fixed32();
    return this.#reader.sfixed32() * 2 ** 32 + low;
  }

  /** Returns where a value ends that begins with its length. */
  #openEnd(): number {
    const length = this.#reader.uint32();
    const end = this.#reader.pos + length;
    if (end > this.#end) throw new RangeError('a field that ends behind its message');
    return end;
  }
}
