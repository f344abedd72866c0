import { MessageWriter } from '../../bytes/message-writer.ts';
import type { RemoteWriteBody } from './body.ts';

/** How a field is encoded: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED64 = 1;
const MORE = 128;

/** Which fields of a message are numbers of texts, or lists of such, or messages with some. */
interface RefFields {
  readonly [field: number]: 'ref' | 'refs' | RefFields;
}

/** `TimeSeries` of version 2.0: its labels, its exemplars with theirs, and its metadata. */
const SERIES: RefFields = { 1: 'refs', 4: { 1: 'refs' }, 5: { 3: 'ref', 4: 'ref' } };

/**
 * Returns the body with the texts that its messages name, and no others, before them. The texts have other numbers
 * then.
 * @param body only messages, one after the other
 * @param table the texts that they name, as fields
 */
export function renumbered(body: RemoteWriteBody, table: Uint8Array): RemoteWriteBody {
  const texts = fieldsIn(table);
  const used = new MessageWriter(1024);
  const numbers = new Map<number, number>();
  const numberOf = (ref: number): number => {
    const known = numbers.get(ref);
    if (known !== undefined) return known;
    const text = texts[ref]!;
    used.copy(text, 0, text.length);
    numbers.set(ref, numbers.size);
    return numbers.size - 1;
  };
  // The first one is empty, whether it is used or not.
  numberOf(0);
  const messages = new MessageWriter(body.bytes.length + 64);
  const ends = new Uint32Array(body.ends.length);
  let at = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = body.ends[i]!;
    const field = new Cursor(body.bytes, at, end);
    const opened = messages.open(field.varint() >>> 3);
    copyMessage(field.part(), SERIES, numberOf, messages);
    messages.close(opened);
    ends[i] = messages.length;
    at = end;
  }
  const bytes = new Uint8Array(used.length + messages.length);
  bytes.set(used.bytes);
  bytes.set(messages.bytes, used.length);
  const start = used.length;
  return { version: body.version, bytes, start, ends: ends.map((end) => end + start) };
}

function copyMessage(
  from: Cursor,
  fields: RefFields,
  numberOf: (ref: number) => number,
  to: MessageWriter,
): void {
  while (!from.isAtEnd) {
    const begin = from.at;
    const tag = from.varint();
    const field = tag >>> 3;
    const kind = fields[field];
    if (kind === 'ref') to.whole(field, numberOf(from.varint()));
    else if (kind === undefined) {
      from.skip(tag & 7);
      to.copy(from.bytes, begin, from.at);
    } else {
      const part = from.part();
      const opened = to.open(field);
      if (kind !== 'refs') copyMessage(part, kind, numberOf, to);
      else while (!part.isAtEnd) to.varint(numberOf(part.varint()));
      to.close(opened);
    }
  }
}

/** Returns the bytes of each field. */
function fieldsIn(table: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  const cursor = new Cursor(table, 0, table.length);
  while (!cursor.isAtEnd) {
    const begin = cursor.at;
    cursor.skip(cursor.varint() & 7);
    fields.push(table.subarray(begin, cursor.at));
  }
  return fields;
}

/** Reads what this folder has written. */
class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.at === this.#end;
  }

  /** Reads a whole number below 2^32. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & (MORE - 1)) << shift;
      if (byte < MORE) return value >>> 0;
    }
  }

  /** Goes past something with its length before it, and returns what reads that. */
  part(): Cursor {
    const length = this.varint();
    this.at += length;
    return new Cursor(this.bytes, this.at - length, this.at);
  }

  skip(encoding: number): void {
    if (encoding === VARINT) while (this.bytes[this.at++]! >= MORE);
    else if (encoding === FIXED64) this.at += Float64Array.BYTES_PER_ELEMENT;
    else this.part();
  }
}
