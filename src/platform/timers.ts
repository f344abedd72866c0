/**
 * The timers and clocks that the library needs for itself: those of the platform, as they were when the
 * package was loaded. Tests replace them with others, which stand still or run ahead. zone.js replaces
 * them, too, and Angular waits for those. What an application records has the time of the application
 * instead. Imports nothing.
 */

/** Returns the global of that name, or the one that it has replaced, if that can be found. */
function platformGlobal<Name extends keyof typeof globalThis>(
  name: Name,
): (typeof globalThis)[Name] {
  const { [name]: found, Zone } = globalThis as typeof globalThis & {
    Zone?: { __symbol__?(name: string): string } | undefined;
  };
  // Sinon, which Vitest and Jest use, keeps the original here.
  const { clock } = (found ?? {}) as { clock?: Readonly<Record<string, unknown>> | undefined };
  const beforeZone = Zone?.__symbol__ && Reflect.get(globalThis, Zone.__symbol__(name));
  return (clock?.[`_${name}`] ?? beforeZone ?? found) as (typeof globalThis)[Name];
}

const start = /* @__PURE__ */ platformGlobal('setTimeout');
const cancel = /* @__PURE__ */ platformGlobal('clearTimeout');
const startMany = /* @__PURE__ */ platformGlobal('setInterval');
const cancelMany = /* @__PURE__ */ platformGlobal('clearInterval');
const immediately = /* @__PURE__ */ platformGlobal('setImmediate') as
  | typeof setImmediate
  | undefined;
const date = /* @__PURE__ */ platformGlobal('Date');
const clock = /* @__PURE__ */ platformGlobal('performance');
// Bound now, so that a function that a test puts into the object later is not called.
const read = /* @__PURE__ */ clock.now.bind(clock);
const readDate = date.now;

/** Milliseconds since 1970. */
export function currentTime(): number {
  return readDate();
}

/** Seconds of a clock that nobody sets. */
export function monotonic(): number {
  return read() / 1000;
}

/** Milliseconds of the same clock. It is the platform's own function, for code that asks at every turn. */
export const monotonicMilliseconds: () => number = read;

/** Calls `run` after so many seconds, without holding the process, unless it is cancelled. */
export function after(seconds: number, run: () => void): () => void {
  const timer = start(run, milliseconds(seconds));
  unref(timer);
  return () => cancel(timer);
}

/** Calls `run` after so many seconds, unless it is cancelled. Holds the process until then. */
export function afterHoldingProcess(seconds: number, run: () => void): () => void {
  const timer = start(run, milliseconds(seconds));
  return () => cancel(timer);
}

/** Keeps the process open until the returned function is called. A worker that calls this is kept, too. */
export function holdProcess(): () => void {
  const timer = startMany(() => {}, milliseconds(Infinity));
  return () => cancelMany(timer);
}

/**
 * Calls `run` when an answer has not come for so many seconds, unless it is cancelled. Does not hold the process. A
 * thread that was busy finds its timers before the messages that have come meanwhile. So this takes two timers: after
 * the first one the thread listens.
 */
export function afterListening(seconds: number, run: () => void): () => void {
  const half = seconds / 2;
  let cancel = after(half, () => {
    cancel = after(half, run);
  });
  return () => cancel();
}

/** Calls `run` every so many seconds, without holding the process, until it is cancelled. */
export function every(seconds: number, run: () => void): () => void {
  const timer = startMany(run, milliseconds(seconds));
  unref(timer);
  return () => cancelMany(timer);
}

/**
 * Returns a function that calls `run` when the page is drawn next. The global is looked up on each call,
 * since it may be defined late.
 */
export function frames(): ((run: (time: number) => void) => void) | undefined {
  const frame = platformGlobal('requestAnimationFrame') as typeof requestAnimationFrame | undefined;
  return typeof frame === 'function' ? (run) => void frame(run) : undefined;
}

/**
 * Returns a function that does the same, and lets only one of those who wait go on in a turn of the event loop. So what
 * each of many does between two pauses does not add up to something that holds up the thread.
 */
export function turnsOneByOne(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(nextTurn));
}

/** Resolves once the event loop has turned. It uses no timer: browsers make those wait for 4 ms. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // The name is checked because the functions of node:test wait for the test. Nothing else tells them
    // from the originals.
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

/**
 * A timer asked to wait longer than 2^31 - 1 ms fires at once. For one whose moment has passed meanwhile, Node and Bun
 * write a warning.
 */
function milliseconds(seconds: number): number {
  return Math.max(0, Math.min(seconds * 1000, 2 ** 31 - 1));
}

/** Node, Deno and Bun would wait for the timer before they exit. */
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
