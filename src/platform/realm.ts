/**
 * Guards against what an application, or a script beside it, may have changed in the realm that it shares
 * with the library: another `Promise`, properties of `Object.prototype`, `toJSON` in prototypes, zones. It
 * also fills in what older browsers lack. Imports nothing.
 */

const PLAIN = {};

/**
 * Calls `failed` if a callback of the application has returned something asynchronous that fails. Anything
 * with a `then` counts as a promise, as for `await`: pages replace `Promise`, and frames have their own.
 * Never throws, unless `failed` does.
 */
export function onRejection(returned: unknown, failed: (error: unknown) => void): void {
  if (typeof returned !== 'object' && typeof returned !== 'function') return;
  try {
    const then = (returned as PromiseLike<unknown> | null)?.then;
    if (typeof then === 'function') then.call(returned, undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/** Whether the value is an error, of this realm or another. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/**
 * Returns the options that were given, without what scripts have put into `Object.prototype`. Returns no
 * options for `null`.
 */
export function ownFields<T extends object>(options: T | null | undefined): T {
  // If no script has done so, what the options inherit is meant.
  return (isInherited() ? { __proto__: null, ...options } : (options ?? {})) as T;
}

/** Whether a script has put something into `Object.prototype` that `for…in` finds in all objects. */
export function isInherited(): boolean {
  for (const _ in PLAIN) return true;
  return false;
}

/**
 * Returns the JSON of plain data, even if prototypes have a `toJSON`, which may not give JSON
 * (Prototype.js).
 */
export function jsonText(data: unknown, indent?: number): string {
  return JSON.stringify('toJSON' in [] ? shielded(data) : data, null, indent);
}

function shielded(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const copy = Array.isArray(data)
    ? data.map(shielded)
    : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, shielded(value)]));
  // A label may have this name.
  return Object.hasOwn(copy, 'toJSON')
    ? copy
    : Object.defineProperty(copy, 'toJSON', ownFields({}));
}

/** Puts U+FFFD in the place of each lone surrogate. `toWellFormed` is newer than Safari 16.3. */
export function wellFormed(text: string): string {
  // With the flag `u`, the pattern does not match a surrogate that is part of a pair.
  return text.toWellFormed?.() ?? text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

/** Runs a function outside every zone of zone.js. Angular waits for timers and messages in its own zone. */
export function outsideZones<T>(run: () => T): T {
  const { Zone } = globalThis as { Zone?: { root?: { run?(run: () => T): T } } };
  return Zone?.root?.run ? Zone.root.run(run) : run();
}
