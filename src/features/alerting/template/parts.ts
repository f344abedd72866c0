import { GoMap, isList, typeOf, type Value } from './values.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

export function lengthOf(value: Value): bigint {
  // Go counts bytes.
  if (typeof value === 'string') return BigInt(bytesOf(value).length);
  if (value instanceof GoMap) return BigInt(value.entries.size);
  if (isList(value)) return BigInt(value.length);
  throw new Error(value === undefined ? 'len of nil pointer' : `len of type ${typeOf(value)}`);
}

/** Returns what is at the first index in the value, at the second in that, and so on. */
export function partAt(value: Value, indices: readonly Value[]): Value {
  if (value === undefined) throw new Error('index of untyped nil');
  let part: Value = value;
  for (const index of indices) {
    if (typeof part === 'string') {
      const bytes = bytesOf(part);
      part = BigInt(bytes[place(index, bytes.length - 1)]!);
    } else if (isList(part)) {
      part = part[place(index, part.length - 1)];
    } else if (part instanceof GoMap) {
      if (index === undefined) throw new Error('value is nil; should be of type string');
      if (typeof index !== 'string') {
        throw new Error(`value has type ${typeOf(index)}; should be string`);
      }
      part = part.entries.has(index) ? part.entries.get(index) : part.missing;
    } else {
      throw new Error(
        part === undefined ? 'index of nil pointer' : `can't index item of type ${typeOf(part)}`,
      );
    }
  }
  return part;
}

/** Returns the part of a text or list from one index up to the other. */
export function sliceOf(value: Value, indices: readonly Value[]): Value {
  if (value === undefined) throw new Error('slice of untyped nil');
  if (indices.length > 3) throw new Error(`too many slice indexes: ${indices.length}`);
  if (typeof value !== 'string' && !isList(value)) {
    throw new Error(`can't slice item of type ${typeOf(value)}`);
  }
  const whole = typeof value === 'string' ? bytesOf(value) : value;
  if (typeof value === 'string' && indices.length === 3) {
    throw new Error('cannot 3-index slice a string');
  }
  const places = indices.map((index) => place(index, whole.length));
  const [from, to, most] = [places[0] ?? 0, places[1] ?? whole.length, places[2]];
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  if (most !== undefined && to > most) throw new Error(`invalid slice index: ${to} > ${most}`);
  const part = whole.slice(from, to);
  return part instanceof Uint8Array ? new TextDecoder().decode(part) : part;
}

function place(index: Value, last: number): number {
  if (index === undefined) throw new Error('cannot index slice/array with nil');
  if (typeof index !== 'bigint') {
    throw new Error(`cannot index slice/array with type ${typeOf(index)}`);
  }
  if (index < 0n || index > BigInt(last)) throw new Error(`index out of range: ${index}`);
  return Number(index);
}
