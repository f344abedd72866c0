/**
 * What an application, or a script beside it, may have changed of the realm that it shares with the
 * library: promises of another make, properties in `Object.prototype`, `toJSON` in prototypes, zones. And
 * what older browsers lack. Imports nothing.
 */

const PLAIN = {};

/**
 * Calls `failed` if what a callback of the application returned is asynchronous and fails. A promise is
 * whatever has a `then`, as for `await`: pages replace `Promise`, and frames have their own. Never
 * throws, unless `failed` does.
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

/** Also one of another realm. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** The options that were given, without what scripts have put into `Object.prototype`; none for `null`. */
export function own<T extends object>(options: T | null | undefined): T {
  // Elsewhere what they inherit is meant.
  return (isInherited() ? { __proto__: null, ...options } : (options ?? {})) as T;
}

/** Whether a script has put something into `Object.prototype` that `for…in` finds in all objects. */
export function isInherited(): boolean {
  for (const _ in PLAIN) return true;
  return false;
}

/** JSON of plain data, also where prototypes have a `toJSON`, which need not give JSON (Prototype.js). */
export function jsonText(data: unknown, indent?: number): string {
  return JSON.stringify('toJSON' in [] ? shielded(data) : data, null, indent);
}

function shielded(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const copy = Array.isArray(data)
    ? data.map(shielded)
    : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, shielded(value)]));
  // A label may be called so.
  return Object.hasOwn(copy, 'toJSON') ? copy : Object.defineProperty(copy, 'toJSON', own({}));
}

/** With U+FFFD in the place of each lone surrogate. `toWellFormed` is newer than Safari 16.3. */
export function wellFormed(text: string): string {
  // With `u`, a surrogate that is part of a pair is none.
  return text.toWellFormed?.() ?? text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}

/** Runs it outside every zone of zone.js: Angular waits for the timers and messages of its own. */
export function outsideZones<T>(run: () => T): T {
  const { Zone } = globalThis as { Zone?: { root?: { run?(run: () => T): T } } };
  return Zone?.root?.run ? Zone.root.run(run) : run();
}
