/**
 * The timers and clocks that the library needs for itself: those of the platform, as they were when the
 * package was loaded. Tests put others in their place, which stand still or run ahead, and zone.js others
 * again, which Angular waits for. What an application records has the time of the application instead.
 * Imports nothing.
 */

/** What stands there now, or what it has replaced, where that can be found. */
function real<Name extends keyof typeof globalThis>(name: Name): (typeof globalThis)[Name] {
  const { [name]: found, Zone } = globalThis as typeof globalThis & {
    Zone?: { __symbol__?(name: string): string } | undefined;
  };
  // Sinon's, which Vitest and Jest use, keep it here.
  const { clock } = (found ?? {}) as { clock?: Readonly<Record<string, unknown>> | undefined };
  const beforeZone = Zone?.__symbol__ && Reflect.get(globalThis, Zone.__symbol__(name));
  return (clock?.[`_${name}`] ?? beforeZone ?? found) as (typeof globalThis)[Name];
}

const start = /* @__PURE__ */ real('setTimeout');
const cancel = /* @__PURE__ */ real('clearTimeout');
const startMany = /* @__PURE__ */ real('setInterval');
const cancelMany = /* @__PURE__ */ real('clearInterval');
const immediately = /* @__PURE__ */ real('setImmediate') as typeof setImmediate | undefined;
const date = /* @__PURE__ */ real('Date');
const clock = /* @__PURE__ */ real('performance');
// As a function of its own: one that a test puts into the object later is not called.
const read = /* @__PURE__ */ clock.now.bind(clock);
const readDate = date.now;

/** Milliseconds since 1970. */
export function currentTime(): number {
  return readDate();
}

/** Seconds of a clock that is never set. */
export function monotonic(): number {
  return read() / 1000;
}

/** Calls `run` after so many seconds, without holding the process, unless it is cancelled. */
export function after(seconds: number, run: () => void): () => void {
  const timer = start(run, milliseconds(seconds));
  unref(timer);
  return () => cancel(timer);
}

/** The same, and holds the process. */
export function surelyAfter(seconds: number, run: () => void): () => void {
  const timer = start(run, milliseconds(seconds));
  return () => cancel(timer);
}

/** Calls `run` every so many seconds, without holding the process, until it is cancelled. */
export function every(seconds: number, run: () => void): () => void {
  const timer = startMany(run, milliseconds(seconds));
  unref(timer);
  return () => cancelMany(timer);
}

/** What calls `run` when the page is drawn next: looked for when it is asked for, since it may come late. */
export function frames(): ((run: (time: number) => void) => void) | undefined {
  const frame = real('requestAnimationFrame') as typeof requestAnimationFrame | undefined;
  return typeof frame === 'function' ? (run) => void frame(run) : undefined;
}

/** Resolves once the event loop has turned. Not by a timer: browsers make those wait for 4 ms. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // By its name: those of node:test, which nothing tells from what they replace, wait for the test.
    if (immediately?.name === 'setImmediate') {
      immediately(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** A timer asked to wait longer than 2^31 - 1 ms fires at once. */
function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, 2 ** 31 - 1);
}

/** Node, Deno and Bun would wait for the timer before they exit. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
