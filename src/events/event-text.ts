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

/** The event as the collector's log keeps it. Never throws. */
export function eventText(
  name: string,
  timestamp: number,
  value: unknown,
  labels: unknown,
  metadata: unknown,
): string {
  return `[${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))},${timestamp},${text(value)},${text(labels)},${text(metadata)}]`;
}

function text(value: unknown): string {
  try {
    const budget = { left: MAX_VALUE_BYTES };
    const whole = isPlain(value, budget, 0) ? (JSON.stringify(value) ?? 'null') : '';
    if (whole && !isLarge(whole)) return whole;
    const reduced =
      whole || budget.left < 0
        ? `larger than ${MAX_VALUE_BYTES} bytes`
        : `cannot be copied whole, or is nested in more than ${MAX_DEPTH} levels`;
    return JSON.stringify({ reduced, value: reduce(value, { left: REDUCED_LENGTH }, []) });
  } catch (error) {
    // A getter or a proxy that throws.
    return JSON.stringify({ reduced: 'cannot be read', error: textOf(error).slice(0, 200) });
  }
}

/** Escapes, and characters of several bytes, make the text longer than the budget saw it. */
function isLarge(text: string): boolean {
  if (text.length * 3 <= MAX_VALUE_BYTES) return false;
  return text.length > MAX_VALUE_BYTES || new TextEncoder().encode(text).length > MAX_VALUE_BYTES;
}

/** Counts down by the fewest bytes that each part can take. */
interface Budget {
  left: number;
}

/** Whether JSON keeps all of the value, and it is small enough. */
function isPlain(value: unknown, budget: Budget, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      budget.left -= value.length + 2;
      return budget.left >= 0;
    case 'number':
      budget.left -= 2;
      return value - value === 0 && budget.left >= 0;
    case 'boolean':
    case 'undefined':
      budget.left -= 2;
      return budget.left >= 0;
    case 'object':
      budget.left -= 2;
      return value === null || isPlainObject(value, budget, depth);
    default:
      return false;
  }
}

function isPlainObject(value: object, budget: Budget, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    // Asked first: the holes of a sparse array cost time, too.
    if (value.length > budget.left) budget.left = -1;
    return budget.left >= 0 && value.every((item) => isPlain(item, budget, depth + 1));
  }
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (!hasPlainPrototype(value)) return false;
  for (const key of Object.keys(value)) {
    budget.left -= key.length + 3;
    if (!isPlain((value as Record<string, unknown>)[key], budget, depth + 1)) return false;
  }
  return true;
}

/** A copy that JSON can hold, with words in place of what it cannot, within the budget. */
function reduce(value: unknown, budget: Budget, path: object[]): unknown {
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

function reduceEntries(source: object, budget: Budget, path: object[]): unknown {
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
