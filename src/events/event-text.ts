/**
 * Events travel as JSON text: made once at the moment of recording, so that a value that the
 * application changes afterwards does not change the record, and cheaper to post than a clone.
 */

import { textOf } from '../model.ts';

/** The largest value that is kept whole. Bytes of its JSON in UTF-8. */
const MAX_VALUE_BYTES = 65_536;
const MAX_NAME_LENGTH = 1024;
const MAX_DEPTH = 64;
/** What is kept of a larger one: so little, since an escape may stand for each character. */
const REDUCED_LENGTH = MAX_VALUE_BYTES / 8;

let lastName = '';
let lastNameText = '""';

/**
 * The event as the collector's log keeps it: one line. Never throws.
 * @param labels `undefined` for none, as for `metadata`
 */
export function eventText(
  name: string,
  timestamp: number,
  value: unknown,
  labels: unknown,
  metadata: unknown,
): string {
  if (name !== lastName) {
    lastName = name;
    lastNameText = JSON.stringify(name.slice(0, MAX_NAME_LENGTH));
  }
  const details = labels ? `${text(labels)},${text(metadata)}` : '{},{}';
  return `[${lastNameText},${timestamp},${text(value)},${details}]`;
}

function text(value: unknown): string {
  try {
    const left = room(value, MAX_VALUE_BYTES, 0);
    const whole = left >= 0 ? (JSON.stringify(value) ?? 'null') : '';
    if (whole && !isLarge(whole)) return whole;
    const reduced =
      whole || left < 0
        ? `larger than ${MAX_VALUE_BYTES} bytes`
        : `cannot be copied whole, or is nested in more than ${MAX_DEPTH} levels`;
    return JSON.stringify({ reduced, value: reduce(value, { left: REDUCED_LENGTH }, []) });
  } catch (error) {
    // A getter or a proxy that throws.
    return JSON.stringify({ reduced: 'cannot be read', error: textOf(error).slice(0, 200) });
  }
}

/** Escapes, and characters of several bytes, make the text longer than was seen before. */
function isLarge(text: string): boolean {
  return (
    text.length * 3 > MAX_VALUE_BYTES && new TextEncoder().encode(text).length > MAX_VALUE_BYTES
  );
}

/**
 * What is left of so many bytes behind the value, taking for each part the fewest that it can need:
 * negative if that is too much, NaN if JSON would not keep all of it.
 */
function room(value: unknown, left: number, depth: number): number {
  if (typeof value === 'string') return left - value.length - 2;
  if (typeof value === 'number') return Number.isFinite(value) ? left - 1 : Number.NaN;
  if (value === null || value === undefined || typeof value === 'boolean') return left - 2;
  if (typeof value !== 'object' || depth > MAX_DEPTH) return Number.NaN;
  if (Array.isArray(value)) return roomOfItems(value, left, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? Number.NaN : left;
  return hasPlainPrototype(value) ? roomOfFields(value, left, depth) : Number.NaN;
}

function roomOfItems(items: readonly unknown[], left: number, depth: number): number {
  // Asked first: the holes of a sparse array cost time, too.
  let rest = left - items.length;
  for (let i = 0; i < items.length && rest >= 0; i++) rest = room(items[i], rest, depth + 1);
  return rest;
}

function roomOfFields(value: object, left: number, depth: number): number {
  let rest = left;
  for (const key in value) {
    const before = rest - key.length - 3;
    rest = room((value as Record<string, unknown>)[key], before, depth + 1);
    if (rest >= 0) continue;
    // What a page has put into `Object.prototype` is no part of it.
    if (Object.hasOwn(value, key)) return rest;
    rest = before;
  }
  return rest;
}

/** A copy that JSON can hold, with words in place of what it cannot, within the budget. */
function reduce(value: unknown, budget: { left: number }, path: object[]): unknown {
  if (budget.left <= 0) return '[cut]';
  budget.left -= 8;
  if (typeof value === 'string') {
    const kept = value.slice(0, budget.left);
    budget.left -= kept.length;
    return kept.length < value.length ? `${kept}[cut]` : value;
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'boolean' || value == null || Number.isFinite(value)
      ? value
      : asText(value);
  }
  if (path.includes(value)) return '[circular]';
  if (path.length > MAX_DEPTH) return '[cut]';
  const inside = [...path, value];
  if (value instanceof Set || value instanceof Map)
    return reduceEntries([...value], budget, inside);
  const walked = Array.isArray(value) || hasPlainPrototype(value);
  return walked ? reduceEntries(value, budget, inside) : asText(value);
}

function reduceEntries(source: object, budget: { left: number }, path: object[]): unknown {
  const list = Array.isArray(source);
  const entries = Object.entries(list ? source.slice(0, budget.left) : source);
  // No prototype, so that a field called `__proto__` is one like any other.
  const copy = list ? [] : Object.create(null);
  for (const [key, item] of entries) {
    budget.left -= key.length;
    if (budget.left <= 0) break;
    copy[key] = reduce(item, budget, path);
  }
  return copy;
}

function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `[object HTMLDivElement]`, `TypeError: …`, `function`. */
function asText(value: unknown): string {
  if (typeof value === 'function') return '[function]';
  const worded = value instanceof Error || value instanceof Date || typeof value !== 'object';
  return worded ? String(value).slice(0, 1024) : Object.prototype.toString.call(value);
}
