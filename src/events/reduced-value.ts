import { isError } from '../platform/realm.ts';
import { MAX_DEPTH } from './event-batch.ts';

/**
 * Returns what stands for a part of a value that is not kept whole: the part itself if possible, else
 * words.
 * @param left characters that may be kept
 * @param around the objects that the part is in
 */
export function reducedValue(value: unknown, left: number, around: readonly unknown[]): unknown {
  const part = standIn(value, around);
  const isLong = typeof part === 'string' && part.length > left;
  return isLong ? `${part.slice(0, Math.max(left, 0))}[cut]` : part;
}

function standIn(value: unknown, around: readonly unknown[]): unknown {
  if (value == null || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return '[function]';
  const tag = typeof value === 'object' ? Object.prototype.toString.call(value) : '';
  if (tag === '' || isError(value) || tag === '[object Date]') return String(value);
  if (around.includes(value)) return '[circular]';
  if (around.length > MAX_DEPTH) return '[cut]';
  if (tag === '[object Set]' || tag === '[object Map]') return [...(value as Set<unknown>)];
  return Array.isArray(value) || hasPlainPrototype(value as object) ? value : tag;
}

/** Whether an object is plain: only its own fields make it what it is, whichever realm it comes from. */
export function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeignPlain(prototype);
}

/** This is separate, and called so seldom, that the engine inlines the function above into its callers. */
function isForeignPlain(prototype: object): boolean {
  // `Object.prototype` is the only object without a prototype that has this method itself.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

/** Returns the time of a `Date` of any realm; `undefined` for anything else. */
export function timeOf(value: object): number | undefined {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}
