import type { MessageWriter } from '../../bytes/message-writer.ts';
import { type AnyValue, isInteger, type KeyValue } from './any-value.ts';

/** Writes the messages `KeyValue` and `AnyValue`, which attributes, labels and events consist of. */
export function writeKeyValue(field: number, [key, value]: KeyValue, to: MessageWriter): void {
  const opened = to.open(field);
  to.string(1, key);
  writeField(2, value, to);
  to.close(opened);
}

/** Writes a value as a field of another message. */
export function writeField(field: number, value: AnyValue, to: MessageWriter): void {
  const opened = to.open(field);
  writeValue(value, to);
  to.close(opened);
}

/** Writes the content of an `AnyValue`. */
function writeValue(value: AnyValue, to: MessageWriter): void {
  if (value === undefined) return;
  if (typeof value === 'string') to.string(1, value);
  else if (typeof value === 'boolean') to.whole(2, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(value, to);
  else if ('fields' in value) {
    const opened = to.open(6);
    for (const one of value.fields) writeKeyValue(1, one, to);
    to.close(opened);
  } else {
    const opened = to.open(5);
    for (const one of value) writeField(1, one, to);
    to.close(opened);
  }
}

/** Whole numbers have a field of their own. All others are doubles. */
function writeNumber(value: number, to: MessageWriter): void {
  if (!isInteger(value)) to.double(4, value);
  else if (value >= 0) to.whole(3, value);
  else writeNegative(value, to);
}

/** A whole number that is negative has ten bytes, as its complement of 64 bits. */
function writeNegative(value: number, to: MessageWriter): void {
  to.byte(3 * 8);
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) to.byte(Number(rest & 127n) + 128);
  to.byte(Number(rest));
}
