import { MAX_DEPTH } from './event-batch.ts';

/**
 * What stands for a part of a value that is not kept whole: the part itself where it can, words where
 * not.
 * @param left characters that may be kept
 * @param around the objects that it is in
 */
export function reducedPart(value: unknown, left: number, around: readonly unknown[]): unknown {
  const part = standIn(value, around);
  const isLong = typeof part === 'string' && part.length > left;
  return isLong ? `${part.slice(0, Math.max(left, 0))}[cut]` : part;
}

function standIn(value: unknown, around: readonly unknown[]): unknown {
  if (value == null || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (typeof value === 'string') return value;
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
