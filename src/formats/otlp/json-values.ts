import { type AnyValue, isInteger, type KeyValue } from './any-value.ts';

/** Returns the messages as objects: https://protobuf.dev/programming-guides/json/ */
export const keyValue = ([key, value]: KeyValue) => ({ key, value: anyValue(value) });

export function anyValue(value: AnyValue): object {
  if (value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // A whole number of 64 bits is a text.
  if (typeof value === 'number') {
    // JSON has no such numbers, and protobuf's mapping has texts for them.
    if (!Number.isFinite(value)) return { doubleValue: `${value}` };
    return isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if ('fields' in value) return { kvlistValue: { values: value.fields.map(keyValue) } };
  return { arrayValue: { values: value.map(anyValue) } };
}
