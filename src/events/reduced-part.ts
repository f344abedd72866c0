import { MAX_DEPTH } from './event-batch.ts';

/**
 * What stands for a part of a value that is not kept whole: the part itself where it can, words where
 * not.
 * @param left characters that may be kept
 * @param around the objects that it is in
 */
export function reducedPart(value: unknown, left: number, around: readonly unknown[]): unknown {
  if (typeof value === 'string') {
    return value.length > left ? `${value.slice(0, Math.max(left, 0))}[cut]` : value;
  }
  if (value == null || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value instanceof Error || value instanceof Date) {
    return String(value);
  }
  if (around.includes(value)) return '[circular]';
  if (around.length > MAX_DEPTH) return '[cut]';
  if (value instanceof Set || value instanceof Map) return [...value];
  return Array.isArray(value) || hasPlainPrototype(value)
    ? value
    : Object.prototype.toString.call(value);
}

export function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
