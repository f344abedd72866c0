import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';

/**
 * Return the tag of a field, by which it is told from one with that number and another wire type:
 * https://protobuf.dev/programming-guides/encoding/#structure
 */
export const varint = (field: number): number => field * 8;
export const fixed64 = (field: number): number => field * 8 + 1;
export const bytes = (field: number): number => field * 8 + 2;

// Without a decoder of ours the reader would keep one in a global.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const decode = (utf8: Uint8Array): string => decoder.decode(utf8);

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
    this.#reader = new BinaryReader(message, decode);
    this.#end = message.length;
  }

  /** Calls `read` with the tag of each field of the whole message. What it does not read is skipped. */
  fields(read: ReadField): void {
    const reader = this.#reader;
    const end = this.#end;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const { pos } = reader;
      read(tag);
      // Each value takes a byte at least. The reader bounds how deep groups may be nested.
      if (reader.pos === pos) reader.skip((tag & 7) as WireType);
    }
    // This also finds out lengths that lie.
    if (reader.pos !== end) throw new RangeError('a field that ends behind its message');
  }

  /** Does the same with a message that is the value of a field. */
  nested(read: ReadField): void {
    const outer = this.#end;
    this.#end = this.#reader.uint32() + this.#reader.pos;
    this.fields(read);
    this.#end = outer;
  }

  /** Calls `read` for each number of a packed list. */
  packed(read: () => unknown): void {
    const end = this.#reader.uint32() + this.#reader.pos;
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

  bytes(): Uint8Array {
    return this.#reader.bytes();
  }

  uint32(): number {
    return this.#reader.uint32();
  }

  sint32(): number {
    return this.#reader.sint32();
  }

  /** Returns a whole number of 64 bits that takes as many bytes as it needs, rounded like those below. */
  uint64(): number {
    return Number(this.#reader.uint64());
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
}
